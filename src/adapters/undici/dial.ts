import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'
import type { Phase } from '../../domain/outcome.ts'

type DialPhase = Extract<Phase, 'dns' | 'connect' | 'tls'>

/** Something that bytes come in for. */
export interface Weighed {
  /** More has come. */
  weigh(): void
}

/** One connection being made, or made. It ends once: handed over, or failed and taken down. */
export class Dial {
  /** Protocol, host and port, as a URL. */
  readonly url: string
  /** Whose request went over it first, and whose does now. */
  first: Weighed | undefined
  current: Weighed | undefined
  socket: Socket | undefined
  /** The address that was dialled; none when the connection goes through a proxy. */
  address: string | undefined
  readonly #callback: buildConnector.Callback
  readonly #msIn = { dns: 0, connect: 0, tls: 0 }
  #phase: DialPhase
  #phaseAt = performance.now()
  #isOver = false
  #waitingSince: number | undefined
  #waitedMs = 0
  #leave: (() => void) | undefined

  constructor(url: string, phase: DialPhase, callback: buildConnector.Callback) {
    this.url = url
    this.#phase = phase
    this.#callback = callback
  }

  get phase(): Phase {
    return this.#phase
  }

  isOver(): boolean {
    return this.#isOver
  }

  /** How long it has waited for its turn to be made. */
  waitedMs(): number {
    return this.#waitedMs + (this.#waitingSince === undefined ? 0 : performance.now() - this.#waitingSince)
  }

  enter(phase: DialPhase): void {
    const now = performance.now()
    this.#msIn[this.#phase] += now - this.#phaseAt
    this.#phaseAt = now
    this.#phase = phase
  }

  /** How long it has been in each of its phases; the one it is in runs until it is over. */
  msIn(): Readonly<Record<DialPhase, number>> {
    if (!this.#isOver) this.enter(this.#phase)
    return this.#msIn
  }

  /** Waits at a gate until its turn has come or it is over, and then holds the place until it is over. */
  async turn(enter: (begin: () => void) => () => void): Promise<void> {
    this.#waitingSince = performance.now()
    await new Promise<void>((resolve) => {
      const leave = enter(resolve)
      this.#leave = () => {
        leave()
        resolve()
      }
    })
    this.#waitedMs = this.waitedMs()
    this.#waitingSince = undefined
  }

  /** Takes it down, whatever it is doing; nothing once it is over. */
  fail(error: Error): void {
    if (this.#isOver) return
    this.#end()
    this.socket?.destroy(error)
    this.#callback(error, null)
  }

  /** Gives the connection to whoever asked for it. */
  handOver(socket: Socket): void {
    if (this.#isOver) return
    this.#end()
    this.socket = socket
    inPieces(socket)
    this.#callback(null, socket)
    // Undici counts bodies only; this comes with every read.
    socket.on('readable', () => this.current?.weigh())
  }

  #end(): void {
    this.enter(this.#phase)
    this.#isOver = true
    this.#leave?.()
  }
}

const pieceBytesMax = 1_024

/**
 * Undici takes all that has come and parses it to its end, also when its first header was one too many; each one after
 * that costs it an error, so that a flood would stop the process for most of a tenth of a second. In pieces, and
 * with nothing more after the end, it does not.
 */
function inPieces(socket: Socket): void {
  const read = socket.read.bind(socket)
  socket.read = (size?: number): unknown => {
    if (socket.destroyed) return null
    const there = socket.readableLength
    return there === 0 ? read(size) : read(size ?? Math.min(there, pieceBytesMax))
  }
}
