import { createServer } from 'node:http'
import { createHookward } from '../../src/index.ts'
import { restate } from '../../src/restate.ts'
import { ingress, key, receiver } from './places.ts'

/** The same host with one line changed: it hands its events to the cluster, and everything else is as it was. */
const came = new Set<unknown>()
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { data } = JSON.parse(String(Buffer.concat(chunks))) as { readonly data: { readonly invoice?: number } }
    came.add(data.invoice)
    response.end()
  })
}).listen(receiver.port, '127.0.0.1')
const hookward = await createHookward({ runtime: restate({ ingress, key }) })
await hookward.integrations.resume('bot', { by: 'ops', reason: 'it has moved' })
await hookward.emit({ topic: 'invoice.paid', organization: 'acme', data: { invoice: 42 } })
while (!came.has(41) || !came.has(42)) await new Promise((resolve) => setTimeout(resolve, 50))
console.log((await hookward.explain('bot')).state, 'with the invoices of before and after')
await hookward.stop()
server.closeAllConnections()
server.close()
