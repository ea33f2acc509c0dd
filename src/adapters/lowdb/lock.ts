import { randomUUID } from 'node:crypto'
import { link, readFile, readdir, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HookwardError } from '../../domain/errors.ts'
import type { Claim } from './files.ts'
import { makeFolder, writeFlushed } from './folder.ts'
import { isAlive, isForeign, parseHolder, thisProcess, type Holder } from './lock-holder.ts'

const pollMs = 100
/** Several processes that find the same dead lock get in each other's way for some rounds; waited even with no wait asked for. */
const contentionMsMax = 5_000
const isClaim = /^lock\.json\.[0-9a-f-]{36}\.claim$/

/** Why a round did not end with the lock. */
type Refusal = { readonly kind: 'contended' } | { readonly kind: 'held'; readonly by: Holder | null }

/** Makes a folder where it is missing, and takes its lock. */
export async function claimFolder(folder: string, waitMs: number): Promise<Claim> {
  await makeFolder(folder)
  return acquireLock(folder, waitMs)
}

/**
 * Takes the lock of a folder: `lock.json` in it. A holder that is dead is replaced at once; one that lives is waited
 * for, up to `waitMs`, and then `STORE_LOCKED` names it.
 *
 * Each round writes a claim of its own and links it to `lock.json`, which only one can do. A dead `lock.json` is
 * removed only by a process that sees no claim but its own: whoever claims later sees this claim and stands back.
 */
export async function acquireLock(folder: string, waitMs: number, silentMs = silentMsMax): Promise<Claim> {
  return acquire(folder, waitMs, new Silence(join(folder, 'lock.json'), silentMs))
}

/** Looks at a folder's lock again and again without asking for it, and knows so when its holder is gone or silent. */
export class LockWatch {
  readonly #folder: string
  readonly #silence: Silence
  /** The holder that was seen last. */
  holder: Holder | null = null

  constructor(folder: string, silentMs = silentMsMax) {
    this.#folder = folder
    this.#silence = new Silence(join(folder, 'lock.json'), silentMs)
  }

  async isFree(): Promise<boolean> {
    const seen = await look(this.#folder, this.#silence)
    if (seen === 'dead' || seen.kind === 'contended') return true
    this.holder = seen.by
    return false
  }

  /** Takes it, or throws `STORE_LOCKED` at once. */
  async claim(): Promise<Claim> {
    await makeFolder(this.#folder)
    return acquire(this.#folder, 0, this.#silence)
  }
}

async function acquire(folder: string, waitMs: number, silence: Silence): Promise<Claim> {
  const startedAt = performance.now()
  for (;;) {
    const token = randomUUID()
    const refusal = await round(folder, token, silence)
    if (refusal === null) return held(folder, token, await removeDeadClaims(folder))
    const waitedMs = performance.now() - startedAt
    const isContended = refusal.kind === 'contended'
    if (waitedMs >= Math.max(waitMs, isContended ? contentionMsMax : 0)) throw locked(folder, refusal)
    // The longer they are in each other's way, the further apart their rounds begin.
    await sleep(isContended ? Math.random() * (20 + waitedMs / 2) : pollMs)
  }
}

/** A holder says every 2 s that it is there; one that cannot be looked at and says nothing for 15 s is gone. */
const beatMs = 2_000
const silentMsMax = 15_000

/** How long the holder of a lock has said nothing, by this process's own clock. */
class Silence {
  readonly #path: string
  readonly #silentMs: number
  #seen = ''
  #since = 0

  constructor(path: string, silentMs: number) {
    this.#path = path
    this.#silentMs = silentMs
  }

  async isOver({ token }: Holder): Promise<boolean> {
    const beat = await stat(this.#path).catch(() => null)
    const seen = `${token} ${beat?.mtimeMs ?? 0}`
    const now = performance.now()
    if (seen !== this.#seen) {
      this.#seen = seen
      this.#since = now
    }
    return now - this.#since >= this.#silentMs
  }
}

function held(folder: string, token: string, removedFiles: readonly string[]): Claim {
  const path = join(folder, 'lock.json')
  const isHeld = async () => parseHolder((await readText(path)) ?? '')?.token === token
  const say = async () => {
    if (await isHeld()) await utimes(path, new Date(), new Date())
  }
  const beat = setInterval(() => void say().catch(() => undefined), beatMs)
  beat.unref()
  return {
    removedFiles,
    isHeld,
    release: () => {
      clearInterval(beat)
      return release(folder, token)
    },
  }
}

async function round(folder: string, token: string, silence: Silence): Promise<Refusal | null> {
  const claim = join(folder, `lock.json.${token}.claim`)
  try {
    await writeFlushed(claim, JSON.stringify(await thisProcess(token)))
    return await take(folder, claim, silence)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new HookwardError('STORE_UNWRITABLE', `no lock can be made in ${folder} (${code})`, { cause })
  } finally {
    await rm(claim, { force: true }).catch(() => undefined)
  }
}

async function take(folder: string, claim: string, silence: Silence): Promise<Refusal | null> {
  if (await isLinked(folder, claim)) return null
  const refusal = await look(folder, silence)
  if (refusal !== 'dead') return refusal
  if (!(await isSoleClaim(folder, claim))) return { kind: 'contended' }
  // Looked at again, because another process may have replaced it before this one claimed.
  if ((await look(folder, silence)) !== 'dead') return { kind: 'contended' }
  await rm(join(folder, 'lock.json'))
  return (await isLinked(folder, claim)) ? null : { kind: 'contended' }
}

async function isLinked(folder: string, claim: string): Promise<boolean> {
  try {
    await link(claim, join(folder, 'lock.json'))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function look(folder: string, silence: Silence): Promise<Refusal | 'dead'> {
  const text = await readText(join(folder, 'lock.json'))
  if (text === null) return { kind: 'contended' }
  const by = parseHolder(text)
  // A lock is linked whole, so an unreadable one was made by hand: a person decides about it.
  if (by === null) return { kind: 'held', by }
  const isDead = (await isForeign(by)) ? await silence.isOver(by) : !(await isAlive(by))
  return isDead ? 'dead' : { kind: 'held', by }
}

async function isSoleClaim(folder: string, own: string): Promise<boolean> {
  for (const name of await claimsIn(folder)) {
    if (join(folder, name) === own) continue
    const holder = parseHolder((await readText(join(folder, name))) ?? '')
    // A claim still being written is not counted: its process will see ours.
    if (holder !== null && (await isAlive(holder))) return false
  }
  return true
}

async function removeDeadClaims(folder: string): Promise<readonly string[]> {
  const removed: string[] = []
  for (const name of await claimsIn(folder)) {
    const holder = parseHolder((await readText(join(folder, name))) ?? '')
    if (holder === null || (await isAlive(holder))) continue
    await rm(join(folder, name), { force: true })
    removed.push(name)
  }
  return removed
}

async function release(folder: string, token: string): Promise<void> {
  const path = join(folder, 'lock.json')
  // A lock that cannot be removed is taken over once this process is gone.
  const text = await readText(path).catch(() => null)
  if (parseHolder(text ?? '')?.token === token) await rm(path, { force: true }).catch(() => undefined)
}

async function claimsIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => isClaim.test(name))
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function locked(folder: string, refusal: Refusal): HookwardError {
  const path = join(folder, 'lock.json')
  if (refusal.kind === 'contended') return new HookwardError('STORE_LOCKED', `others are taking ${path} right now`)
  if (refusal.by === null)
    return new HookwardError('STORE_LOCKED', `${path} is not readable as a lock; delete it by hand`)
  const { pid, host } = refusal.by
  const remedy = host === hostname() ? '' : ', which cannot be looked at from here: if it is gone, delete the file'
  return new HookwardError('STORE_LOCKED', `${path} is held by process ${pid} on ${host}${remedy}`)
}
