import { setImmediate as turn } from 'node:timers/promises'
import { SpoolReader } from '../../adapters/spool/reader.ts'
import type { SpoolFile } from '../../adapters/spool/spool-file.ts'
import { HookwardError, textOf } from '../../domain/errors.ts'
import type { Engine } from '../engine.ts'
import { isForNow, parseSpooled } from './spooled-event.ts'

/** Files of so many writers are taken up at a time. */
const queuesMax = 8

/**
 * Takes up what standbys handed over. Each event is accepted under the key of its own, or the caller's, and its file is
 * removed only when all of it is durable in the store: a file that is read again after a kill adds nothing.
 */
export class Pickup {
  readonly #engine: Engine
  readonly #reader: SpoolReader
  /** Taken up, but it could not be removed. */
  readonly #taken = new Set<string>()
  #isHeldUp = false
  #isClosed = false

  constructor(engine: Engine, dir: string) {
    this.#engine = engine
    this.#reader = new SpoolReader(dir)
  }

  /** Takes up all that lies there now, each writer's in order; gives the writers of whom something must stay for now. */
  async pass(): Promise<ReadonlySet<string>> {
    const { queues, strays } = await this.#reader.list()
    for (const name of strays) await this.#setAside(name, 'is not a file that a standby writes')
    const left = new Set<string>()
    const waiting = [...queues]
    const work = async () => {
      for (let queue = waiting.shift(); queue !== undefined; queue = waiting.shift())
        for (const file of queue) {
          if (await this.#take(file)) continue
          left.add(file.writer)
          break
        }
    }
    await Promise.all(Array.from({ length: queuesMax }, work))
    if (left.size === 0) this.#isHeldUp = false
    return left
  }

  /** Ends a pass after the file at which it is. */
  close(): void {
    this.#isClosed = true
  }

  async clean(): Promise<void> {
    await this.#reader.removeLeftOvers()
  }

  /** Whether all of a file was taken, or set aside. */
  async #take(file: SpoolFile): Promise<boolean> {
    if (this.#isClosed) return false
    if (this.#taken.has(file.name)) return this.#remove(file)
    const content = await this.#reader.read(file)
    if (content === null) return true
    const { records, fault } = content
    if (fault !== null) {
      await this.#reader.keep(file, fault)
      this.#tell(file.name, fault)
    }
    return (await this.#acceptAll(file, records)) && this.#remove(file)
  }

  /** One after the other, without waiting for the disk in between; one that must wait keeps those behind it waiting. */
  async #acceptAll(file: SpoolFile, records: readonly string[]): Promise<boolean> {
    let held: unknown
    const accepted: Promise<void>[] = []
    for (const record of records) {
      accepted.push(
        this.#accept(record).catch(async (error: unknown) => {
          if (isForNow(error)) held ??= error
          else await this.#refuse(file, record, error)
        }),
      )
      // A refusal that needs no disk is known by the next turn.
      await turn()
      if (held !== undefined) break
    }
    await Promise.all(accepted)
    return held === undefined || this.#holdUp(textOf(held))
  }

  async #accept(record: string): Promise<void> {
    this.#engine.check()
    const { given, options, draft } = parseSpooled(record)
    await this.#engine.activity.track(this.#engine.intake.accept(draft, options, given))
  }

  /** Logged once, until the spool is empty again. */
  #holdUp(fact: string): false {
    if (!this.#isHeldUp) this.#engine.parts.logger.warn({ fact }, 'the spool must wait')
    this.#isHeldUp = true
    return false
  }

  async #refuse(file: SpoolFile, record: string, error: unknown): Promise<void> {
    const fact = error instanceof HookwardError ? error.message : textOf(error)
    await this.#reader.keepRecord(file, record, fact)
    this.#tell(file.name, fact)
  }

  async #setAside(name: string, fact: string): Promise<void> {
    await this.#reader.setAside(name, fact)
    this.#tell(name, fact)
  }

  async #remove(file: SpoolFile): Promise<boolean> {
    this.#taken.add(file.name)
    await this.#reader.remove(file)
    this.#taken.delete(file.name)
    return true
  }

  #tell(file: string, fact: string): void {
    const { clock, logger } = this.#engine.parts
    logger.error({ file, fact }, 'something in the spool was set aside')
    this.#engine.observers.tell('spool.refused', { at: clock.now(), file, fact })
  }
}
