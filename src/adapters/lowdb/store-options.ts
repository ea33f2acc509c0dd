import { resolve } from 'node:path'
import { checkFields, checkText, checkWord, refuse, type Field } from '../../policy/check.ts'
import type { Files } from './files.ts'

/** Where and how a store keeps its files. */
export interface LowdbStoreOptions {
  /** A folder of its own; made, for its owner alone, when it is missing. */
  readonly dir: string
  /** `false`: one document, written whole for each group of changes; for up to about 1 MB. @default true */
  readonly journal?: boolean
  /** All bodies of deliveries that are not settled, added up. @default 1 GiB (1,073,741,824); 64 MiB in one document */
  readonly backlogBytesMax?: number
  /** How long `open` waits for another process to let the folder go. @default 30_000 */
  readonly lockWaitMs?: number
  /** What an answer outlives: a power cut, or the end of the process only. @default 'disk' */
  readonly durability?: 'disk' | 'process'
  /** What to do about damage: throw `STORE_DAMAGED` and touch nothing, or set it aside, report it and go on. @default 'refuse' */
  readonly onDamage?: 'refuse' | 'quarantine'
  /** Idempotency keys remembered at a time, for 24 hours at most. @default 1_000_000 */
  readonly keysMax?: number
  /** A segment of the journal ends at this size. @default 64 MiB */
  readonly segmentBytesMax?: number
  /** The documents are written so often while something changes. @default 60_000 */
  readonly checkpointMs?: number
  /** The file system; for tests that have it fail. @default the real one */
  readonly files?: Files
}

/** Checks the options of a store at the door, where a typo would otherwise weaken what is promised without a word. */
export function parseStoreOptions(options: unknown): LowdbStoreOptions {
  const given = checkFields(options, option('the options of the store'), known) as Partial<LowdbStoreOptions>
  const { durability, journal, onDamage } = given
  if (journal !== undefined && typeof journal !== 'boolean') refuse(option('journal'), 'must be true or false')
  if (durability !== undefined) checkWord(durability, option('durability'), ['disk', 'process'])
  if (onDamage !== undefined) checkWord(onDamage, option('onDamage'), ['refuse', 'quarantine'])
  for (const [name, least] of Object.entries(leasts)) checkNumber(given[name as keyof typeof leasts], name, least)
  return { ...given, dir: resolve(checkText(given.dir, option('dir'), 4_096)) }
}

const leasts = { backlogBytesMax: 1, lockWaitMs: 0, keysMax: 1, segmentBytesMax: 1, checkpointMs: 0 } as const
const known = ['dir', 'journal', 'durability', 'onDamage', 'files', ...Object.keys(leasts)]

function checkNumber(value: unknown, name: string, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= least)) return
  refuse(option(name), `must be a whole number from ${least} on`)
}

function option(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}
