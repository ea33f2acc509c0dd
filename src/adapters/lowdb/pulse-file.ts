import { join } from 'node:path'
import type { Pulse } from '../../domain/health.ts'
import { DurableJson } from './durable-json.ts'
import { nodeFiles, type Files } from './files.ts'

/** A store's own last sign of life, in a file beside its documents: no promise rests on it. */
export class PulseFile {
  readonly #json: DurableJson<Pulse>
  #last: Promise<void> = Promise.resolve()

  /** `mayWrite` throws when this process may not write any more. */
  constructor(dir: string, mayWrite: () => Promise<void>, files: Files = nodeFiles) {
    this.#json = new DurableJson<Pulse>(join(dir, 'pulse.json'), files, mayWrite)
  }

  /** Null when there is none, or none that can be used. */
  async read(): Promise<Pulse | null> {
    const pulse = await this.#json.read().catch(() => null)
    return Number.isFinite(pulse?.at) && Number.isFinite(pulse?.lostMs) ? pulse : null
  }

  write(pulse: Pulse): Promise<void> {
    const written = this.#last.then(() => this.#json.write(pulse))
    this.#last = written.catch(() => undefined)
    return written
  }

  /** Resolves when nothing is being written. */
  idle(): Promise<void> {
    return this.#last
  }
}
