import { resolve, join } from 'node:path'
import { nodeFiles, type Files } from '../../adapters/lowdb/files.ts'
import { LockWatch } from '../../adapters/lowdb/lock.ts'
import { SpoolWriter } from '../../adapters/spool/writer.ts'
import { checkFields, refuse } from '../../policy/check.ts'
import { option, wholeUpTo } from '../option-checks.ts'

/** Several processes on one folder: one holds it, the others hand their events over through `spool/` in it. */
export interface StandbyOptions {
  /** What the spool may hold, in bytes up to 1 TiB; then `emit` of a standby throws `SPOOL_FULL`. @default 64 MiB (67,108,864) */
  readonly spoolBytesMax?: number
  /** How many files it may hold, up to 1,000,000. @default 10_000 */
  readonly spoolFilesMax?: number
}

/** What a process needs to stand by. */
export interface StandbyParts {
  readonly watch: LockWatch
  readonly writer: SpoolWriter
  readonly files: Files
}

/** Undefined when this process does not share its folder. */
export function readStandby(given: {
  readonly standby?: boolean | StandbyOptions
  readonly dir?: string
  readonly lockWaitMs?: number
}): StandbyParts | undefined {
  const { dir, lockWaitMs, standby = false } = given
  if (standby === false) return undefined
  if (typeof dir !== 'string') return refuse(option('standby'), 'needs dir: the folder that processes share')
  if (lockWaitMs !== undefined) refuse(option('lockWaitMs'), 'says nothing beside standby: a standby does not wait')
  const options = standby === true ? {} : checkFields(standby, option('standby'), ['spoolBytesMax', 'spoolFilesMax'])
  const folder = resolve(dir)
  const watch = new LockWatch(folder)
  const writer = new SpoolWriter({
    folder: join(folder, 'spool'),
    bytesMax: wholeUpTo(options.spoolBytesMax ?? 64 * 1_048_576, 'standby.spoolBytesMax', 1, 2 ** 40),
    filesMax: wholeUpTo(options.spoolFilesMax ?? 10_000, 'standby.spoolFilesMax', 1, 1_000_000),
  })
  return { watch, writer, files: { ...nodeFiles, claim: () => watch.claim() } }
}
