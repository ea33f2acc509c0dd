import { createServer, type ServerResponse } from 'node:http'

/**
 * A receiver in a process of its own, on every loopback address, so that it takes no time of the engine's: `/ok`
 * answers 204, `/hang` never, `/drip` a byte at a time, `/flood` without end. Its port is its first line.
 */
const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => answer(request.url ?? '', response))
})
server.listen(0, '0.0.0.0', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.stdout.write(`${address.port}\n`)
})
process.once('disconnect', () => process.exit())

const chunk = Buffer.alloc(2 ** 16, 'x')

function answer(path: string, response: ServerResponse): void {
  if (path === '/hang') return
  if (path === '/drip') return drip(response)
  if (path === '/flood') return flood(response)
  response.writeHead(204).end()
}

function drip(response: ServerResponse): void {
  response.writeHead(200)
  const timer = setInterval(() => response.write('x'), 50)
  response.on('close', () => clearInterval(timer))
}

function flood(response: ServerResponse): void {
  response.writeHead(200)
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', more)
  response.on('error', () => undefined)
  more()
}
