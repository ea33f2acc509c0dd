import type { HookwardError } from '../../domain/errors.ts'
import { lineBytesMax, writeLine } from './lines.ts'

/** What lines are first given room for; a batch that needs more grows. */
const roomBytes = 2 ** 16
/** A room that has become larger is not kept. */
const keptBytesMax = 2 ** 18

/** Lines for one segment in one piece of memory, which are written and flushed together. */
export class Batch {
  readonly segment: number
  /** Resolves when all of it is durable; rejects when that is not known. */
  readonly durable: Promise<void>
  lastSeq = 0
  #bytes: Buffer
  #size = 0
  #resolve: (() => void) | undefined
  #reject: ((error: HookwardError) => void) | undefined

  /** @param room of a batch before it. */
  constructor(segment: number, room: Buffer = Buffer.allocUnsafeSlow(roomBytes)) {
    this.#bytes = room
    this.segment = segment
    this.durable = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get size(): number {
    return this.#size
  }

  /** Adds a line, and answers how many bytes it takes. */
  add(seq: number, parts: readonly string[], more: readonly Uint8Array[]): number {
    this.#makeRoom(lineBytesMax(parts, more))
    const end = writeLine(this.#bytes, this.#size, seq, parts, more)
    const added = end - this.#size
    this.#size = end
    this.lastSeq = seq
    return added
  }

  get written(): Buffer {
    return this.#bytes.subarray(0, this.#size)
  }

  /** Gives its room for the next one. */
  resolve(): Buffer | undefined {
    this.#resolve?.()
    return this.#bytes.length > keptBytesMax ? undefined : this.#bytes
  }

  reject(error: HookwardError): void {
    this.#reject?.(error)
  }

  #makeRoom(bytes: number): void {
    const needed = this.#size + bytes
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length))
    this.#bytes.copy(larger, 0, 0, this.#size)
    this.#bytes = larger
  }
}
