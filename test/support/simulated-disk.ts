import { basename, dirname, join } from 'node:path'
import type { Files, OutFile } from '../../src/adapters/lowdb/files.ts'

interface Inode {
  data: Buffer
  /** What a power cut leaves. */
  flushed: Buffer
  /** A flush has failed: the system takes what was not flushed for flushed, and never writes it. */
  isForgotten?: boolean
}

/** A disk in memory that tells what was flushed from what was not. */
export interface SimulatedDisk {
  readonly files: Files
  /** Calls that change something, so far. */
  calls(): number
  /** Resolves when the machine stops. */
  readonly stopped: Promise<void>
  /** What happens at the n-th call that changes something from now on: it fails, or the machine stops there. */
  at(n: number, what: 'fail' | 'stop', code?: string): void
  /** Everything as it is now, for another run. */
  copy(): SimulatedDisk
  /** What the next start finds: everything, after the end of the process alone; or what a power cut left of it. */
  restarted(how: 'process' | 'power', chance?: () => number): SimulatedDisk
  paths(): readonly string[]
  get(path: string): Buffer
  set(path: string, data: Uint8Array): void
  remove(path: string): void
}

export function simulatedDisk(
  names = new Map<string, Inode>(),
  flushedNames = new Map(names),
  folders = new Set<string>(),
): SimulatedDisk {
  let calls = 0
  let trap: { readonly at: number; readonly what: 'fail' | 'stop'; readonly code: string } | undefined
  let isStopped = false
  let tellStopped = () => undefined as void
  const stopped = new Promise<void>((resolve) => (tellStopped = resolve))

  /** A pause, as a real disk makes one, and then perhaps the end. */
  const change = async <T>(doIt: () => T, half?: () => void): Promise<T> => {
    await new Promise((resolve) => setImmediate(resolve))
    if (isStopped) return new Promise<T>(() => undefined)
    calls += 1
    if (calls !== trap?.at) return doIt()
    half?.()
    const { what, code } = trap
    trap = undefined
    if (what === 'fail') throw Object.assign(new Error(`${code}: simulated`), { code })
    isStopped = true
    tellStopped()
    return new Promise<T>(() => undefined)
  }
  const known = (path: string): Inode => {
    const inode = names.get(path)
    if (inode === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
    return inode
  }
  const out = (inode: Inode): OutFile => ({
    write: (bytes) => {
      const part = (length: number) => (inode.data = Buffer.concat([inode.data, bytes.subarray(0, length)]))
      return change(
        () => void part(bytes.byteLength),
        () => void part(Math.floor(bytes.byteLength / 2)),
      )
    },
    flush: () =>
      change(
        () => void (inode.flushed = inode.isForgotten === true ? inode.flushed : inode.data),
        () => void (inode.isForgotten = true),
      ),
    close: () => Promise.resolve(),
  })
  const fresh = (): Inode => ({ data: Buffer.alloc(0), flushed: Buffer.alloc(0) })
  const create = (path: string) => {
    if (names.has(path)) throw Object.assign(new Error(`EEXIST: ${path}`), { code: 'EEXIST' })
    const inode = fresh()
    names.set(path, inode)
    return out(inode)
  }
  const files: Files = {
    create: (path) => change(() => create(path)),
    append: (path) => change(() => (names.has(path) ? out(known(path)) : create(path))),
    read: (path) => Promise.resolve(names.get(path)?.data ?? null),
    readAt: async (path, offset, length) => Promise.resolve(known(path).data.subarray(offset, offset + length)),
    list: (folder) => {
      const inside = [...names.keys(), ...folders].filter((path) => dirname(path) === folder)
      return Promise.resolve(inside.map((path) => basename(path)).toSorted())
    },
    makeFolder: (folder) => change(() => void folders.add(folder)),
    flushFolder: (folder) =>
      change(() => {
        for (const path of flushedNames.keys()) if (dirname(path) === folder) flushedNames.delete(path)
        for (const [path, inode] of names) if (dirname(path) === folder) flushedNames.set(path, inode)
      }),
    rename: (from, to) =>
      change(() => {
        names.set(to, known(from))
        names.delete(from)
      }),
    link: (from, to) =>
      change(() => {
        if (names.has(to)) throw Object.assign(new Error(`EEXIST: ${to}`), { code: 'EEXIST' })
        names.set(to, known(from))
      }),
    remove: (path) => change(() => void names.delete(path)),
  }
  const disk: SimulatedDisk = {
    files,
    calls: () => calls,
    stopped,
    at: (n, what, code = 'EIO') => (trap = { at: calls + n, what, code }),
    copy: () => disk.restarted('process'),
    restarted: (how, chance = () => 0) => {
      const copyOf = copies(how === 'process' ? (inode) => ({ ...inode }) : (inode) => torn(inode, chance))
      const copied = (left: ReadonlyMap<string, Inode>) => new Map([...left].map(([path, one]) => [path, copyOf(one)]))
      // The end of a process takes nothing with it, and makes nothing durable either.
      if (how === 'process') return simulatedDisk(copied(names), copied(flushedNames), new Set(folders))
      return simulatedDisk(copied(mixed(names, flushedNames, chance)), undefined, new Set(folders))
    },
    paths: () => [...names.keys()].toSorted(),
    get: (path) => known(path).data,
    set: (path, data) => {
      const inode = { data: Buffer.from(data), flushed: Buffer.from(data) }
      names.set(path, inode)
      flushedNames.set(path, inode)
    },
    remove: (path) => {
      names.delete(path)
      flushedNames.delete(path)
    },
  }
  return disk
}

/** Files that have two names keep them. */
function copies(copyOf: (inode: Inode) => Inode): (inode: Inode) => Inode {
  const known = new Map<Inode, Inode>()
  return (inode) => {
    const copy = known.get(inode) ?? copyOf(inode)
    known.set(inode, copy)
    return copy
  }
}

/** Of each folder, either the names as flushed or the newer ones. */
function mixed(names: Map<string, Inode>, flushed: Map<string, Inode>, chance: () => number): Map<string, Inode> {
  const folders = new Set([...names.keys(), ...flushed.keys()].map((path) => dirname(path)))
  const left = new Map<string, Inode>()
  for (const folder of folders) {
    const source = chance() < 0.5 ? flushed : names
    for (const [path, inode] of source) if (dirname(path) === folder) left.set(join(folder, basename(path)), inode)
  }
  return left
}

/** Of what was not flushed, a part may be there all the same; the length may be there without the bytes. */
function torn({ data, flushed }: Inode, chance: () => number): Inode {
  if (data.length <= flushed.length) return { data: flushed, flushed }
  const kept = flushed.length + Math.floor((data.length - flushed.length) * chance())
  const part = Buffer.from(data.subarray(0, kept))
  if (chance() < 0.3) part.fill(0, flushed.length)
  return { data: part, flushed: part }
}
