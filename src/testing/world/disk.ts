import { basename, dirname } from 'node:path'
import type { Claim, Files, OutFile, Pace } from '../../adapters/lowdb/files.ts'
import { HookwardError } from '../../domain/errors.ts'
import { Inode } from './inode.ts'
import { copies, mixed } from './survivors.ts'

/** What a disk in memory is made with. */
export interface DiskOptions {
  /** @default the real one */
  readonly pace?: Pace
  /** Hears of each call. */
  readonly onCall?: () => void
  /** How long each change takes. @default one turn of the event loop */
  readonly pause?: () => Promise<void>
}

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Names {
  readonly now: Map<string, Inode>
  /** What a power cut leaves. */
  readonly flushed: Map<string, Inode>
  readonly folders: Set<string>
}

interface Trap {
  readonly at: number
  readonly what: 'fail' | 'stop'
  readonly code: string
}

/** A disk in memory that tells what was flushed from what was not. Like a real one it pauses at each change. */
export class VirtualDisk {
  readonly files: Files
  /** Resolves when the machine stops. */
  readonly stopped: Promise<void>
  readonly #options: DiskOptions
  readonly #names: Names
  /** Paths whose names may not be flushed as they are. */
  readonly #loose: Set<string>
  #tellStopped = (): void => undefined
  #calls = 0
  #underWay = 0
  #trap: Trap | undefined
  #fault: string | undefined
  #isStopped = false
  #isClaimed = false

  constructor(options: DiskOptions = {}, names?: Names) {
    this.#options = options
    this.#names = names ?? { now: new Map(), flushed: new Map(), folders: new Set() }
    this.#loose = new Set([...this.#names.now.keys(), ...this.#names.flushed.keys()])
    this.stopped = new Promise((resolve) => (this.#tellStopped = resolve))
    this.files = this.#makeFiles()
  }

  /** Calls that change something, so far. */
  calls(): number {
    return this.#calls
  }

  get isBusy(): boolean {
    return this.#underWay > 0
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /** What happens at the n-th call that changes something from now on: it fails, or the machine stops there. */
  at(n: number, what: 'fail' | 'stop', code = 'EIO'): void {
    this.#trap = { at: this.#calls + n, what, code }
  }

  /** From now on every call that changes something fails by this code; left out: none does any more. */
  fail(code?: string): void {
    this.#fault = code
  }

  /** The machine stops: no call is answered any more. */
  stop(): void {
    this.#isStopped = true
    this.#tellStopped()
  }

  /** Everything as it is now, for another run. */
  copy(): VirtualDisk {
    return this.restarted('process')
  }

  /** What the next start finds: everything, after the end of the process alone; or what a power cut left of it. */
  restarted(how: 'process' | 'power', chance: () => number = () => 0): VirtualDisk {
    const { now, flushed, folders } = this.#names
    const copyOf = copies((inode) => (how === 'process' ? inode.copy() : inode.torn(chance)))
    const copied = (left: ReadonlyMap<string, Inode>) => new Map([...left].map(([path, one]) => [path, copyOf(one)]))
    // The end of a process takes nothing with it, and makes nothing durable either.
    const left = copied(how === 'process' ? now : mixed(now, flushed, chance))
    const names = { now: left, flushed: how === 'process' ? copied(flushed) : new Map(left), folders: new Set(folders) }
    const disk = new VirtualDisk(this.#options, names)
    disk.fail(this.#fault)
    return disk
  }

  paths(): readonly string[] {
    return [...this.#names.now.keys()].toSorted()
  }

  get(path: string): Buffer {
    return this.#known(path).data
  }

  set(path: string, data: Uint8Array): void {
    const inode = new Inode(Buffer.from(data))
    this.#names.now.set(path, inode)
    this.#names.flushed.set(path, inode)
  }

  remove(path: string): void {
    this.#names.now.delete(path)
    this.#names.flushed.delete(path)
  }

  #makeFiles(): Files {
    const { now, folders } = this.#names
    const change = <T>(doIt: () => T) => this.#change(doIt)
    return {
      ...(this.#options.pace === undefined ? {} : { pace: this.#options.pace }),
      claim: () => this.#claim(),
      create: (path) => change(() => this.#create(path)),
      append: (path) => change(() => (now.has(path) ? this.#out(this.#known(path)) : this.#create(path))),
      read: (path) => this.#look(() => now.get(path)?.data ?? null),
      readAt: (path, offset, length) => this.#look(() => this.#known(path).data.subarray(offset, offset + length)),
      list: (folder) => {
        const isInside = (path: string) => dirname(path) === folder
        return this.#look(() => [...now.keys(), ...folders].filter(isInside).map((path) => basename(path)).toSorted()) // prettier-ignore
      },
      makeFolder: (folder) => change(() => void folders.add(folder)),
      flushFolder: (folder) => change(() => this.#flushFolder(folder)),
      rename: (from, to) => change(() => this.#rename(from, to)),
      link: (from, to) => change(() => this.#link(from, to)),
      remove: (path) => change(() => this.#name(path, undefined)),
    }
  }

  /** A pause, as a real disk makes one, and then perhaps the end. */
  async #change<T>(doIt: () => T, half?: () => void): Promise<T> {
    this.#options.onCall?.()
    this.#underWay += 1
    await (this.#options.pause ?? aTurn)()
    this.#underWay -= 1
    this.#options.onCall?.()
    if (this.#isStopped) return never()
    this.#calls += 1
    const isTrapped = this.#calls === this.#trap?.at
    if (!isTrapped && this.#fault === undefined) return doIt()
    half?.()
    const { what, code } =
      isTrapped && this.#trap !== undefined ? this.#trap : { what: 'fail', code: this.#fault ?? '' }
    if (isTrapped) this.#trap = undefined
    if (what === 'fail') throw failure(code, 'simulated')
    this.stop()
    return never()
  }

  #look<T>(read: () => T): Promise<T> {
    this.#options.onCall?.()
    return this.#isStopped ? never() : Promise.resolve().then(read)
  }

  #out(inode: Inode): OutFile {
    return {
      write: (bytes) => {
        const half = bytes.subarray(0, Math.floor(bytes.byteLength / 2))
        return this.#change(
          () => inode.append(bytes),
          () => inode.append(half),
        )
      },
      flush: () =>
        this.#change(
          () => inode.flush(),
          () => void (inode.isForgotten = true),
        ),
      close: () => Promise.resolve(),
    }
  }

  #create(path: string): OutFile {
    this.#refuseTaken(path)
    const inode = new Inode()
    this.#name(path, inode)
    return this.#out(inode)
  }

  #flushFolder(folder: string): void {
    const { now, flushed } = this.#names
    for (const path of this.#loose) {
      if (dirname(path) !== folder) continue
      const inode = now.get(path)
      if (inode === undefined) flushed.delete(path)
      else flushed.set(path, inode)
      this.#loose.delete(path)
    }
  }

  #rename(from: string, to: string): void {
    this.#name(to, this.#known(from))
    this.#name(from, undefined)
  }

  #link(from: string, to: string): void {
    this.#refuseTaken(to)
    this.#name(to, this.#known(from))
  }

  #name(path: string, inode: Inode | undefined): void {
    this.#loose.add(path)
    if (inode === undefined) this.#names.now.delete(path)
    else this.#names.now.set(path, inode)
  }

  #refuseTaken(path: string): void {
    if (this.#names.now.has(path)) throw failure('EEXIST', path)
  }

  #known(path: string): Inode {
    const inode = this.#names.now.get(path)
    if (inode === undefined) throw failure('ENOENT', path)
    return inode
  }

  #claim(): Promise<Claim> {
    if (this.#isClaimed) return Promise.reject(new HookwardError('STORE_LOCKED', 'this disk has a store open already'))
    this.#isClaimed = true
    const release = () => {
      this.#isClaimed = false
      return Promise.resolve()
    }
    return Promise.resolve({ removedFiles: [], isHeld: () => Promise.resolve(true), release })
  }
}

function failure(code: string, fact: string): Error {
  return Object.assign(new Error(`${code}: ${fact}`), { code })
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined)
}
