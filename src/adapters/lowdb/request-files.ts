import { join } from 'node:path'
import type { LogEntry } from '../../domain/delivery.ts'
import { HookwardError } from '../../domain/errors.ts'
import type { LogQuery } from '../../ports.ts'
import { RequestLog } from '../request-log.ts'
import { replaceFile } from './durable-json.ts'
import { realPace, type Files, type OutFile } from './files.ts'
import { lineOf, linesIn, recordOf } from './lines.ts'
import type { LoggedText } from './records.ts'
import { shardName } from './shards.ts'

/** What a file holds, and the last record of which it holds something. */
type FileLog = RequestLog & { readonly newestAt: number; readonly lastSeq: number }

/** A question has it written first, and after a crash the journal has it: only whoever reads the files waits so long. */
const writeEveryMs = 1_000
/** A file is rewritten without what has aged when it has twice the bytes it had then, and this many more. */
const slackBytes = 2 ** 20
const bufferCharsMax = 2 ** 22
/** What waits is written without delay from here on, long before any of it would have to go. */
const hurryChars = 2 ** 20

/** An entry as JSON, and the record it stands in. */
interface Waiting {
  readonly seq: number
  readonly text: string
}

interface RequestFile {
  readonly path: string
  /** What is not in the file yet. */
  waiting: Waiting[]
  waitingChars: number
  bytes: number
  liveBytes: number
  lastSeq: number
  /** Something in it would not outlive a power cut. */
  isLoose: boolean
  /** A write has failed: it may end within a line. */
  isTorn: boolean
}

/**
 * The request log, one file of lines for each shard. It is for people: written now and then, read back for each
 * question, and never a reason for anything else to fail. The journal has what is not flushed yet.
 */
export class RequestFiles {
  readonly #folder: string
  readonly #files: Files
  readonly #mayWrite: () => Promise<void>
  readonly #byName = new Map<string, RequestFile>()
  #now = 0
  #cancel: (() => void) | undefined
  #working: Promise<void> = Promise.resolve()
  #isHurrying = false

  /** `found`: the last record in each file, and how long it is. `mayWrite` throws once the folder is another's. */
  constructor(
    folder: string,
    files: Files,
    found: ReadonlyMap<string, { lastSeq: number; bytes: number }>,
    mayWrite: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.#folder = folder
    this.#files = files
    this.#mayWrite = mayWrite
    for (const [name, { lastSeq, bytes }] of found) Object.assign(this.#of(name), { lastSeq, bytes })
  }

  /** Adds the entries of one record, unless they are there already; `at` is the moment by which lists age. */
  add(seq: number, entries: readonly LoggedText[], at: number): void {
    this.#now = at
    const files = new Set<RequestFile>()
    for (const { integrationId, text } of entries) {
      const file = this.#of(shardName(integrationId))
      if (seq <= file.lastSeq && !files.has(file)) continue
      files.add(file)
      file.lastSeq = seq
      file.waiting.push({ seq, text })
      keepNewest(file, text.length)
    }
    if (entries.length === 0) return
    this.#cancel ??= (this.#files.pace ?? realPace).after(writeEveryMs, () => void this.#work(false))
    for (const { waitingChars } of files) if (waitingChars > hurryChars) this.#hurry()
  }

  async query(query: LogQuery): Promise<readonly LogEntry[]> {
    const file = this.#byName.get(shardName(query.integrationId))
    if (file === undefined) return []
    await this.#work(false)
    const log = await this.#read(file, ({ integrationId }) => integrationId === query.integrationId).catch(unread(file))
    // What could not be written yet, or is not to be, because the folder is only read: then its engine may have written it.
    const later = file.waiting.filter(({ seq }) => seq > log.lastSeq)
    const waiting = later.map(({ text }) => JSON.parse(text) as LogEntry)
    for (const entry of waiting) if (entry.integrationId === query.integrationId) log.add([entry], entry.at)
    log.add([], Math.max(this.#now, log.newestAt))
    return log.query(query)
  }

  /** What was added so far outlives a power cut. */
  sync(): Promise<void> {
    return this.#work(true)
  }

  async close(): Promise<void> {
    await this.#work(true)
  }

  /** Not again before that is done: what waits then is still there. */
  #hurry(): void {
    if (this.#isHurrying) return
    this.#isHurrying = true
    void this.#work(false).then(() => (this.#isHurrying = false))
  }

  /** One piece of work at a time. */
  #work(flush: boolean): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    this.#working = this.#working.then(async () => {
      const mayWrite = await this.#mayWrite().then(
        () => true,
        () => false,
      )
      if (!mayWrite) return
      for (const file of this.#byName.values()) await this.#write(file, flush).catch(() => undefined)
      if (flush) await this.#files.flushFolder(this.#folder).catch(() => undefined)
    })
    return this.#working
  }

  async #write(file: RequestFile, flush: boolean): Promise<void> {
    if (file.waiting.length === 0 && !(flush && file.isLoose)) return
    if (file.isTorn) await this.#rewrite(file)
    const out = await this.#files.append(file.path)
    try {
      await this.#append(file, out)
      if (flush) await out.flush()
      file.isLoose = !flush
    } finally {
      await out.close()
    }
    if (file.bytes > 2 * file.liveBytes + slackBytes) await this.#rewrite(file)
  }

  async #append(file: RequestFile, out: OutFile): Promise<void> {
    // Taken out first: what comes during the write may push the oldest that wait out, but none of these.
    const taken = file.waiting
    const text = lineOfAll(taken)
    Object.assign(file, { waiting: [], waitingChars: 0, isTorn: true })
    try {
      await out.write(text)
    } catch (error) {
      file.waiting.unshift(...taken)
      keepNewest(file, charsOf(taken))
      throw error
    }
    file.isTorn = false
    file.bytes += text.byteLength
  }

  async #rewrite(file: RequestFile): Promise<void> {
    const log = await this.#read(file, () => true)
    const lines = log.toJSON().map((entry) => lineOf(log.lastSeq, JSON.stringify([entry])))
    const text = Buffer.concat(lines)
    await replaceFile(this.#files, file.path, text)
    file.bytes = file.liveBytes = text.byteLength
    file.isTorn = false
  }

  async #read(file: RequestFile, isAsked: (entry: LogEntry) => boolean): Promise<FileLog> {
    const bytes = (await this.#files.read(file.path)) ?? Buffer.alloc(0)
    const entries: LogEntry[] = []
    let lastSeq = 0
    for (const line of linesIn(bytes)) {
      if (line.seq === null) continue
      lastSeq = Math.max(lastSeq, line.seq)
      entries.push(...(JSON.parse(recordOf(bytes, line)) as LogEntry[]).filter(isAsked))
    }
    return Object.assign(RequestLog.fromJSON(entries), { newestAt: entries.at(-1)?.at ?? 0, lastSeq })
  }

  #of(name: string): RequestFile {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const path = join(this.#folder, `${name}.jsonl`)
    const file = {
      path,
      waiting: [],
      waitingChars: 0,
      bytes: 0,
      liveBytes: 0,
      lastSeq: 0,
      isLoose: false,
      isTorn: false,
    }
    this.#byName.set(name, file)
    return file
  }
}

/** One line of all that waits: the journal has them one by one. */
function lineOfAll(waiting: readonly Waiting[]): Buffer {
  return lineOf(waiting.at(-1)?.seq ?? 0, `[${waiting.map(({ text }) => text).join(',')}]`)
}

function charsOf(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { text }) => sum + text.length, 0)
}

/** A disk that takes nothing shows itself at the next commit; until then the newest lines are kept. */
function keepNewest(file: RequestFile, addedChars: number): void {
  file.waitingChars += addedChars
  while (file.waitingChars > bufferCharsMax) file.waitingChars -= file.waiting.shift()?.text.length ?? 0
}

/** Only the question fails: whatever is kept in the file, nothing but people reads it. */
function unread({ path }: RequestFile): (cause: unknown) => never {
  return (cause) => {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new HookwardError('STORE_FAILED', `reading ${path} failed (${code})`, { cause })
  }
}
