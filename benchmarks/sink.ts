import { createServer, type ServerResponse } from 'node:http'

/**
 * Receivers in a process of their own, on every loopback address: one port for each origin asked for. The path says how
 * they answer: `/hang` never, `/drip` a byte at a time, `/flood` without end, `/500` with that status, anything else
 * with 200.
 */
const origins = Number(process.argv[2] ?? 1)
const chunk = Buffer.alloc(2 ** 16, 'x')

function listen(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => answer(request.url ?? '', response))
    })
    server.listen(0, '0.0.0.0', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

function answer(path: string, response: ServerResponse): void {
  if (path === '/hang') return
  if (path === '/drip') return drip(response)
  if (path === '/flood') return flood(response)
  response.writeHead(path === '/500' ? 500 : 200).end()
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
  response.on('drain', more).on('error', () => undefined)
  more()
}

process.on('disconnect', () => process.exit())
process.send?.(await Promise.all(Array.from({ length: origins }, listen)))
