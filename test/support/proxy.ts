import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A real egress proxy on loopback that understands `CONNECT`. */
export interface ProxyServer {
  readonly url: string
  readonly port: number
  /** Heads of the requests, in their order. */
  readonly heads: readonly string[]
  /** What `CONNECT` gets from now on in the place of a tunnel. */
  refuse(answer: string | undefined): void
  close(): Promise<void>
}

/** Starts a proxy that connects to the named port of 127.0.0.1, whatever the name. */
export async function startProxy(): Promise<ProxyServer> {
  const heads: string[] = []
  const sockets = new Set<Socket>()
  let refusal: string | undefined
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer((client) => {
    track(client).once('data', (bytes) => {
      const head = bytes.toString('latin1')
      heads.push(head)
      if (refusal !== undefined) return void client.end(refusal)
      const upstream = track(connect(Number(/:(\d+) HTTP/.exec(head)?.[1]), '127.0.0.1'))
      upstream.once('connect', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        client.pipe(upstream).pipe(client)
      })
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    heads,
    refuse: (answer) => (refusal = answer),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        sockets.forEach((socket) => socket.destroy())
      }),
  }
}
