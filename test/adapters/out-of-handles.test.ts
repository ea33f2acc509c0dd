import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { startDns } from '../support/dns.ts'
import { startReceiver } from '../support/receiver.ts'

it.skipIf(process.platform === 'win32')(
  'being out of file handles is our own trouble, by address and by name',
  async () => {
    const receiver = await startReceiver()
    const dns = await startDns()
    dns.answer(['127.0.0.1'])
    const urls = [receiver.url, `http://hook.test:${receiver.port}/`]
    const command = `ulimit -n 128 && exec "$0" --import tsx test/support/out-of-handles.ts "$@"`
    const run = promisify(execFile)
    const { stdout } = await run('sh', ['-c', command, process.execPath, dns.address, ...urls])
    expect(JSON.parse(stdout)).toMatchObject([{ kind: 'local', code: 'EMFILE' }, { kind: 'local' }])
    expect(receiver.connections()).toBe(0)
    await dns.close()
    await receiver.close()
  },
)
