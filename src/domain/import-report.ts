import type { HookwardError } from './errors.ts'
import type { IntegrationId } from './integration.ts'

/** What became of one line of an import, or would. */
export interface ImportedLine {
  /** Counted from 1; of a row of CSV, where it begins. */
  readonly line: number
  /** Left out where none could be read. */
  readonly slug?: IntegrationId
  readonly becomes: 'created' | 'changed' | 'same' | 'refused'
  /** Names of fields that change, and `installation of ORGANISATION`; never their values. */
  readonly changes: readonly string[]
  /** Why it is refused. */
  readonly error?: HookwardError
}

/** What an import did, or would do. */
export interface ImportReport {
  /** Nothing was written: it was a dry run, or a line was refused and the others were not to go without it. */
  readonly isWritten: boolean
  readonly created: number
  readonly changed: number
  readonly same: number
  readonly refused: number
  readonly lines: readonly ImportedLine[]
}
