import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { HookwardError } from '../../domain/errors.ts'
import { Batch } from './batch.ts'
import { realPace, type Files, type OutFile } from './files.ts'

const checkEveryMs = 1_000
const batchBytesMax = 4 * 2 ** 20
/** After so large a batch more records are on their way, and the next one waits for them: a flush costs as much for one as for all. */
const crowd = { bytes: 8_192, everyMs: 1 } as const

/** What is known of a segment. */
export interface SegmentFacts {
  readonly lastSeq: number
  readonly bytes: number
}

/** What a journal works with. */
export interface JournalOptions {
  readonly files: Files
  readonly folder: string
  /** The number of the first segment it writes, and of the first record. */
  readonly segment: number
  readonly seq: number
  /** A new segment begins when one has this many bytes. */
  readonly segmentBytesMax: number
  /** Whether a record must outlive a power cut before its caller hears of it; otherwise the end of the process only. */
  readonly isFlushed: boolean
  /** What is there already. */
  readonly segments: ReadonlyMap<number, SegmentFacts>
  /** Asked before each new segment, and once a second; throws when this process may not write any more. */
  readonly mayWrite: () => Promise<void>
  /** Told of each new segment before it is written to. */
  readonly began: (segment: number) => Promise<void>
}

/** Where a record stands. */
export interface Written {
  readonly seq: number
  readonly segment: number
  /** Where what follows the record in its line begins. */
  readonly bodiesAt: number
  /** Resolves when it is durable; rejects when that is not known. */
  readonly durable: Promise<void>
}

/**
 * Appends records, one line each, and makes them durable in groups: one write and one flush for all that wait, never
 * two at a time. After a failure nothing is known of what was under way: every waiter is rejected, every later record
 * is refused, and the segment is not touched again.
 */
export class Journal {
  /** Every segment by its number, the one under way too. */
  readonly segments: Map<number, SegmentFacts>
  readonly #options: JournalOptions
  #last: Promise<void> = Promise.resolve()
  #segment: number
  #size = 0
  #nextSeq: number
  #durableSeq: number
  #queue: Batch[] = []
  #room: Buffer | undefined
  #file: { readonly segment: number; readonly out: OutFile } | undefined
  #running: Promise<void> | undefined
  #failure: HookwardError | undefined
  #checkedAt = 0
  /** The last batch, and when it began. */
  #written = { bytes: 0, at: 0 }

  constructor(options: JournalOptions) {
    this.#options = options
    this.segments = new Map(options.segments)
    this.#segment = options.segment
    this.#nextSeq = options.seq
    this.#durableSeq = options.seq - 1
  }

  /** The last record that was given. */
  get lastSeq(): number {
    return this.#nextSeq - 1
  }

  get durableSeq(): number {
    return this.#durableSeq
  }

  /** The segment that the next record goes to. */
  get segment(): number {
    return this.#segment
  }

  /** The segment that is being written, when the next record goes there too; otherwise 0. */
  get openSegment(): number {
    return this.#file?.segment === this.#segment ? this.#segment : 0
  }

  get failure(): HookwardError | undefined {
    return this.#failure
  }

  /** Numbers a record, and puts it in line in the parts of its text, with JSON that follows it; throws when the journal has failed. */
  append(text: readonly string[], more: readonly Uint8Array[] = []): Written {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#size >= this.#options.segmentBytesMax) this.rotate()
    const seq = this.#nextSeq++
    const segment = this.#segment
    const batch = this.#open(segment)
    this.#size += batch.add(seq, text, more)
    this.segments.set(segment, { lastSeq: seq, bytes: this.#size })
    this.#running ??= this.#run()
    const moreBytes = more.reduce((sum, { byteLength }) => sum + byteLength + 1, -1)
    return { seq, segment, bodiesAt: this.#size - 2 - moreBytes, durable: batch.durable }
  }

  /** The next record begins a new segment. */
  rotate(): void {
    if (this.#size === 0) return
    this.#segment += 1
    this.#size = 0
  }

  /** Resolves when every record given so far is durable. */
  async settled(): Promise<void> {
    await this.#last
    if (this.#failure !== undefined) throw this.#failure
    if (!this.#options.isFlushed) await this.#file?.out.flush()
  }

  /** Refuses everything from now on, and rejects all that wait. */
  fail(path: string, cause: unknown): HookwardError {
    if (this.#failure === undefined) this.#failure = failureOf(path, cause)
    for (const batch of this.#queue) batch.reject(this.#failure)
    this.#queue = []
    return this.#failure
  }

  /** Waits for what is under way; nothing more may be given. */
  async close(): Promise<void> {
    await this.#running
    await this.#file?.out.close().catch(() => undefined)
    this.#file = undefined
  }

  async #run(): Promise<void> {
    // One pause, so that all calls made in the same turn share the first write.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      await this.#gather()
      const next = this.#queue.shift()
      if (next !== undefined) await this.#writeBatch(next)
    }
    this.#running = undefined
  }

  /** Where time is not real, nothing waits for it. */
  async #gather(): Promise<void> {
    const { bytes, at } = this.#written
    const isSoon = bytes >= crowd.bytes && performance.now() - at < crowd.everyMs
    if (isSoon && this.#options.files.pace === undefined) await wait(crowd.everyMs)
    this.#written = { bytes: this.#queue[0]?.size ?? 0, at: performance.now() }
  }

  async #writeBatch(batch: Batch): Promise<void> {
    try {
      await this.#write(batch)
      this.#durableSeq = batch.lastSeq
      this.#room = batch.resolve()
    } catch (cause) {
      batch.reject(this.fail(this.#pathOf(batch.segment), cause))
    }
  }

  /** The batch that waits for its write and takes another record of this segment. */
  #open(segment: number): Batch {
    const last = this.#queue.at(-1)
    if (last?.segment === segment && last.size < batchBytesMax) return last
    const batch = new Batch(segment, this.#room)
    this.#room = undefined
    this.#queue.push(batch)
    this.#last = batch.durable
    return batch
  }

  async #write(batch: Batch): Promise<void> {
    if (this.#elapsedMs - this.#checkedAt > checkEveryMs) await this.#check()
    const out = await this.#fileOf(batch.segment)
    await out.write(batch.written)
    if (this.#options.isFlushed) await out.flush()
  }

  async #fileOf(segment: number): Promise<OutFile> {
    if (this.#file?.segment === segment) return this.#file.out
    if (!this.#options.isFlushed) await this.#file?.out.flush()
    await this.#file?.out.close()
    this.#file = undefined
    await this.#check()
    const out = await this.#options.files.create(this.#pathOf(segment))
    this.#file = { segment, out }
    if (this.#options.isFlushed) await this.#options.files.flushFolder(this.#options.folder)
    await this.#options.began(segment)
    return out
  }

  get #elapsedMs(): number {
    return (this.#options.files.pace ?? realPace).elapsedMs()
  }

  async #check(): Promise<void> {
    await this.#options.mayWrite()
    this.#checkedAt = this.#elapsedMs
  }

  #pathOf(segment: number): string {
    return join(this.#options.folder, segmentName(segment))
  }
}

/** `0000000007.jsonl` */
export function segmentName(segment: number): string {
  return `${String(segment).padStart(10, '0')}.jsonl`
}

/** The number in the name of a segment, or undefined when it is the name of something else. */
export function segmentNumber(name: string): number | undefined {
  const digits = /^(\d{10})\.jsonl$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function failureOf(path: string, cause: unknown): HookwardError {
  if (cause instanceof HookwardError) return cause
  const code = (cause as NodeJS.ErrnoException).code ?? 'unexpected error'
  return new HookwardError('STORE_FAILED', `writing ${path} failed (${code})`, { cause })
}
