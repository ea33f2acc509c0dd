import { basename, dirname, join } from 'node:path'
import type { Files, OutFile } from '../../src/adapters/lowdb/files.ts'

interface Inode {
  data: Buffer
  /** What a power cut leaves. */
  flushed: Buffer
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
    flush: () => change(() => void (inode.flushed = inode.data)),
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
    truncate: (path, length) =>
      change(() => {
        const inode = known(path)
        inode.data = inode.data.subarray(0, length)
        inode.flushed = inode.data
      }),
  }
  const disk: SimulatedDisk = {
    files,
    calls: () => calls,
    stopped,
    at: (n, what, code = 'EIO') => (trap = { at: calls + n, what, code }),
    copy: () => disk.restarted('process'),
    restarted: (how, chance = () => 0) => {
      const left = how === 'process' ? names : mixed(names, flushedNames, chance)
      return simulatedDisk(copied(left, (inode) => (how === 'process' ? inode.data : torn(inode, chance))), undefined, new Set(folders)) // prettier-ignore
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
function copied(names: ReadonlyMap<string, Inode>, dataOf: (inode: Inode) => Buffer): Map<string, Inode> {
  const copies = new Map<Inode, Inode>()
  return new Map(
    [...names].map(([path, inode]) => {
      const data = copies.get(inode)?.data ?? dataOf(inode)
      const copy = copies.get(inode) ?? { data, flushed: data }
      copies.set(inode, copy)
      return [path, copy]
    }),
  )
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
function torn({ data, flushed }: Inode, chance: () => number): Buffer {
  if (data.length <= flushed.length) return flushed
  const kept = flushed.length + Math.floor((data.length - flushed.length) * chance())
  const part = Buffer.from(data.subarray(0, kept))
  if (chance() < 0.3) part.fill(0, flushed.length)
  return Buffer.concat([part])
}
