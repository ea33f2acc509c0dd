import { connect, createServer } from 'node:net'
import { front, workerPort } from './places.ts'

/** One address before two workers: each connection goes to the next that answers, and no bytes wait. Use your own in production. */
const ports = [workerPort('1'), workerPort('2')]
let turn = 0
createServer({ noDelay: true }, (from) => {
  const next = (tries: number): void => {
    const to = connect({ port: ports[turn++ % ports.length] ?? 0, host: '127.0.0.1', noDelay: true })
    to.once('connect', () => from.pipe(to).pipe(from)).once('close', () => from.destroy())
    to.on('error', () => (to.connecting && tries > 1 ? next(tries - 1) : from.destroy()))
    from.on('error', () => to.destroy()).once('close', () => to.destroy())
  }
  next(ports.length)
}).listen(front.port, '127.0.0.1', () => console.log(`balancing at ${front.url}`))
