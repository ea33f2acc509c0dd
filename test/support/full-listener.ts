import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'

/** A listener on loopback that takes no more connections: to dial it ends in nothing. */
export interface FullListener {
  readonly url: string
  close(): Promise<void>
}

/** Listens in a thread that stands still, and fills the queue in front of it. Works on Linux only. */
export async function startFullListener(): Promise<FullListener> {
  const worker = new Worker(listening, { eval: true })
  const [port] = (await once(worker, 'message')) as [number]
  const fillers: Socket[] = []
  // Linux takes one more than the backlog of 1.
  for (let n = 0; n < 2; n += 1) {
    const filler = connect(port, '127.0.0.1').on('error', () => undefined)
    fillers.push(filler)
    await once(filler, 'connect')
  }
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      fillers.forEach((filler) => filler.destroy())
      await worker.terminate()
    },
  }
}

const listening = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer()
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
`
