import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** One address before several workers: each connection goes to the next of those that answer. */
export interface Balancer {
  readonly url: string
  readonly close: () => void
}

export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const sockets = new Set<Socket>()
  let turn = 0
  const server = createServer({ noDelay: true }, (from) => {
    sockets.add(from)
    from.once('close', () => sockets.delete(from)).on('error', () => from.destroy())
    const next = (tries: number): void => {
      if (tries === 0) return void from.destroy()
      const to = connect({ port: ports[turn++ % ports.length] ?? 0, host: '127.0.0.1', noDelay: true })
      to.once('error', () => next(tries - 1))
      to.once('connect', () => {
        to.removeAllListeners('error')
        to.on('error', () => from.destroy()).once('close', () => from.destroy())
        from.once('close', () => to.destroy())
        from.pipe(to).pipe(from)
      })
    }
    next(ports.length)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
