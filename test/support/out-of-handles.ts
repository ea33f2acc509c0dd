import { openSync } from 'node:fs'
import { undiciTransport } from '../../src/adapters/undici/transport.ts'
import { createNetwork } from '../../src/policy/network.ts'

/** Run on its own, under a low limit of open files: attempts each URL without a handle left, and prints the outcomes. */
const [nameServer = '', ...urls] = process.argv.slice(2)
const transport = undiciTransport({ network: createNetwork({ allow: ['127.0.0.1'] }), nameServers: [nameServer] })
const request = { headers: {}, body: Buffer.from('{}'), deadlineMs: 2_000 }
try {
  for (;;) openSync('/dev/null', 'r')
} catch {
  const outcomes = await Promise.all(urls.map((url) => transport.attempt({ ...request, url })))
  process.stdout.write(JSON.stringify(outcomes.map(({ kind, code }) => ({ kind, code }))))
  process.exit()
}
