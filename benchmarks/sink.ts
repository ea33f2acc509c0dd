import { createServer } from 'node:http'

/**
 * Receivers in a process of their own: one port for each origin asked for. The path says how they answer: `/hang` never,
 * `/500` with that status, anything else with 200, and one in twenty of those with 500.
 */
const origins = Number(process.argv[2] ?? 1)
let served = 0

function listen(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        if (request.url === '/hang') return
        served += 1
        response.writeHead(request.url === '/500' || served % 20 === 0 ? 500 : 200).end()
      })
    })
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

process.on('disconnect', () => process.exit())
process.send?.(await Promise.all(Array.from({ length: origins }, listen)))
