import { access, rename } from 'node:fs/promises'
import { basename } from 'node:path'
import type { LogEntry } from '../../domain/delivery.ts'
import { RequestLog } from '../request-log.ts'
import { DurableJson } from './durable-json.ts'

const writeEveryMs = 200
const damagedFilesMax = 20

interface Opened {
  readonly file: RequestsFile
  /** Says in words what was set aside, if anything. */
  readonly setAside: readonly string[]
}

/** The request log in a file of its own: written now and then, and never a reason for anything else to fail. */
export class RequestsFile {
  readonly log: RequestLog
  readonly #json: DurableJson<readonly LogEntry[]>
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #isDirty = false
  #isClosed = false

  private constructor(json: DurableJson<readonly LogEntry[]>, log: RequestLog) {
    this.#json = json
    this.log = log
  }

  /** Reads the file; one that cannot be read is set aside under another name, and the log begins anew. */
  static async open(path: string): Promise<Opened> {
    const json = new DurableJson<readonly LogEntry[]>(path)
    try {
      const entries = (await json.read()) ?? []
      return { file: new RequestsFile(json, RequestLog.fromJSON(entries)), setAside: [] }
    } catch {
      const file = new RequestsFile(json, new RequestLog())
      return { file, setAside: [await setAside(path)] }
    }
  }

  /** Says that the log has changed: it is written within 200 ms. */
  changed(): void {
    this.#isDirty = true
    if (this.#isClosed) return
    this.#timer ??= setTimeout(() => {
      this.#writing = this.#write()
    }, writeEveryMs).unref()
  }

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#writing
    if (this.#isDirty) await this.#write()
  }

  async #write(): Promise<void> {
    this.#isDirty = false
    // Health never reads the log, so a disk that fails shows itself at the next commit.
    await this.#json.write(this.log.toJSON()).catch(() => undefined)
    this.#timer = undefined
    this.#again()
  }

  #again(): void {
    if (this.#isDirty) this.changed()
  }
}

async function setAside(path: string): Promise<string> {
  for (let n = 1; n < damagedFilesMax; n += 1) if (!(await exists(`${path}.damaged-${n}`))) return moveTo(path, n)
  return moveTo(path, damagedFilesMax)
}

async function moveTo(path: string, n: number): Promise<string> {
  const aside = `${path}.damaged-${n}`
  const isMoved = await rename(path, aside).then(
    () => true,
    () => false,
  )
  return isMoved ? `${basename(path)} (kept as ${basename(aside)})` : `${basename(path)} (cannot be read)`
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
