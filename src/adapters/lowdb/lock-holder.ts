import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

/** Who holds a lock, told so exactly that another process with the same number is not taken for it. */
export interface Holder {
  readonly pid: number
  /** When the process started, in ticks since the machine did; null where the system does not tell. */
  readonly startedAt: string | null
  /** Fresh at each start of the machine; null where the system does not tell. */
  readonly bootId: string | null
  readonly host: string
  /** In which numbers of processes mean the same; null where the system does not tell. */
  readonly namespace?: string | null
  /** Fresh for each attempt to take the lock. */
  readonly token: string
}

/** This process as a holder. */
export async function thisProcess(token: string): Promise<Holder> {
  const startedAt = (await processState(process.pid))?.startedAt ?? null
  const namespace = await pidNamespace()
  return { pid: process.pid, startedAt, bootId: await bootId(), host: hostname(), namespace, token }
}

/** Reads a holder back; null when the text does not describe one. */
export function parseHolder(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null
    const isWhole =
      Number.isInteger(holder?.pid) && typeof holder?.host === 'string' && typeof holder.token === 'string'
    return isWhole && Number(holder.pid) > 0 ? (holder as Holder) : null
  } catch {
    return null
  }
}

/** Whether a holder cannot be looked at from here: it runs on another host, or its number means another process here. */
export async function isForeign({ host, namespace }: Holder): Promise<boolean> {
  return host !== hostname() || (namespace ?? null) !== (await pidNamespace())
}

/** Whether the holder may still be running. One that cannot be looked at may. */
export async function isAlive(holder: Holder): Promise<boolean> {
  if (await isForeign(holder)) return true
  const boot = await bootId()
  if (boot !== null && holder.bootId !== null && boot !== holder.bootId) return false
  if (!exists(holder.pid)) return false
  const state = await processState(holder.pid)
  if (state === null || holder.startedAt === null) return true
  return !state.isEnded && state.startedAt === holder.startedAt
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // A process of another user is there, but may not be signalled.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** The name of a program stands in brackets and may hold anything, so the fields are counted behind the last one. */
async function processState(pid: number): Promise<{ startedAt: string; isEnded: boolean } | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  const [state] = fields
  const startedAt = fields[19]
  if (state === undefined || startedAt === undefined) return null
  return { startedAt, isEnded: state === 'Z' || state === 'X' }
}

async function bootId(): Promise<string | null> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null)
  return text?.trim() ?? null
}

async function pidNamespace(): Promise<string | null> {
  return readlink('/proc/self/ns/pid').catch(() => null)
}
