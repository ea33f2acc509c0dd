import { checkpoint, type StoreParts } from './checkpoint.ts'
import { realPace, type Pace } from './files.ts'

/** Writes the documents now and then, and when a segment of the journal is full; never twice at a time. */
export class Checkpoints {
  readonly #parts: StoreParts
  readonly #everyMs: number
  readonly #pace: Pace
  #segment: number
  #cancel: (() => void) | undefined
  #running: Promise<void> | undefined

  constructor(parts: StoreParts, everyMs: number) {
    this.#parts = parts
    this.#everyMs = everyMs
    this.#pace = parts.files.pace ?? realPace
    this.#segment = parts.journal.segment
  }

  /** What a start read from the journal goes into the documents at once: who ends again and again must not read more each time. */
  begin(): void {
    if (this.#parts.shards.isDirty) this.#run()
  }

  /** A record was given to the journal. */
  changed(): void {
    if (this.#parts.journal.segment > this.#segment) this.#run()
    else this.#later()
  }

  /** Writes what is not in the documents yet, and says that nothing follows. */
  async close(): Promise<void> {
    await this.#running
    this.#cancel?.()
    const { journal, manifest, shards } = this.#parts
    const isSaid = manifest.now?.cleanShutdown === true && manifest.now.lastSeq === journal.lastSeq
    if (journal.failure !== undefined || (isSaid && !shards.isDirty)) return
    // The journal has all of it: a checkpoint that cannot be made is made at the next start.
    await checkpoint(this.#parts, true).catch(() => undefined)
  }

  #later(): void {
    this.#cancel ??= this.#pace.after(this.#everyMs, () => this.#run())
  }

  #run(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#running ??= this.#write().finally(() => {
      this.#running = undefined
      this.#segment = this.#parts.journal.segment
      // What changed meanwhile must not wait for the next change.
      if (this.#parts.journal.failure === undefined && this.#parts.shards.isDirty) this.#later()
    })
  }

  async #write(): Promise<void> {
    try {
      await checkpoint(this.#parts)
    } catch (cause) {
      this.#parts.journal.fail(this.#parts.dir, cause)
    }
  }
}
