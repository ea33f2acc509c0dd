import { link, mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises'

/** A file that is being written. */
export interface OutFile {
  /** All of the bytes, or it throws; when it resolves they are the caller's again. */
  write(bytes: Uint8Array): Promise<void>
  /** What was written outlives a power cut. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** A folder that is this process's alone. */
export interface Claim {
  /** Left-over files of processes that died while they were asking for it. */
  readonly removedFiles: readonly string[]
  /** Whether it is still this process that has it: one that stood still for long may have lost it. */
  isHeld(): Promise<boolean>
  /** Gives it back, unless someone else has it meanwhile. Safe to call twice. */
  release(): Promise<void>
}

/** Real time, for what a store writes a little later. */
export interface Pace {
  /** Milliseconds since some moment; never goes back. */
  elapsedMs(): number
  /** Calls `fn` once after so long, if the process lives until then; the answer cancels it. */
  after(ms: number, fn: () => void): () => void
}

/** The machine under a store, so far as it is needed: a small port, so that tests can have every call fail. */
export interface Files {
  /** Takes a folder, which it makes when it is missing. @default by `lock.json` on the real file system */
  readonly claim?: (folder: string, waitMs: number) => Promise<Claim>
  /** @default the real one */
  readonly pace?: Pace
  /** A new file that only its owner may read; throws when the name is taken. */
  create(path: string): Promise<OutFile>
  /** The same, at the end of what may be there. */
  append(path: string): Promise<OutFile>
  /** Null when it is not there. */
  read(path: string): Promise<Buffer | null>
  /** So many bytes from there, or fewer at the end of the file. */
  readAt(path: string, offset: number, length: number): Promise<Buffer>
  /** The names in a folder; none when it is not there. */
  list(folder: string): Promise<readonly string[]>
  makeFolder(folder: string): Promise<void>
  /** Makes names that were added to a folder, or taken from it, outlive a power cut. */
  flushFolder(folder: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** A second name for a file; throws when it is taken. */
  link(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
}

/** The process's own. */
export const realPace: Pace = {
  elapsedMs: () => performance.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms).unref()
    return () => clearTimeout(timer)
  },
}

/** The real one. */
export const nodeFiles: Files = {
  create: (path) => outFile(path, 'wx'),
  append: (path) => outFile(path, 'a'),
  read: (path) => orElse(readFile(path), null),
  readAt,
  list: async (folder) => (await orElse(readdir(folder), [])).toSorted(),
  makeFolder: async (folder) => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  },
  flushFolder: async (folder) => {
    // Windows has no handle for a folder, and keeps its names by itself.
    if (process.platform === 'win32') return
    const handle = await open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  },
  rename,
  link,
  remove: (path) => rm(path, { force: true }),
}

async function outFile(path: string, flags: string): Promise<OutFile> {
  const handle = await open(path, flags, 0o600)
  return {
    write: async (bytes) => {
      for (let from = 0; from < bytes.byteLength;)
        from += (await handle.write(bytes, from, bytes.byteLength - from)).bytesWritten
    },
    flush: () => handle.datasync(),
    close: () => handle.close(),
  }
}

async function readAt(path: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(path, 'r')
  try {
    const bytes = Buffer.alloc(length)
    const { bytesRead } = await handle.read(bytes, 0, length, offset)
    return bytes.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function orElse<T, U>(reading: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await reading
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise
    throw error
  }
}
