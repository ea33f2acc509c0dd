import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, isForeign, parseHolder, type Holder } from '../adapters/lowdb/lock-holder.ts'

/** Who holds the folder of a store: on this machine, on another, or not any more. */
export interface Held {
  readonly by: Holder
  readonly is: 'here' | 'elsewhere' | 'ended'
}

/** Undefined where nobody does. */
export async function holderOf(dir: string): Promise<Held | undefined> {
  const text = await readFile(join(dir, 'lock.json'), 'utf8').catch(() => undefined)
  const by = text === undefined ? null : parseHolder(text)
  if (by === null) return undefined
  if (await isForeign(by)) return { by, is: 'elsewhere' }
  return { by, is: (await isAlive(by)) ? 'here' : 'ended' }
}
