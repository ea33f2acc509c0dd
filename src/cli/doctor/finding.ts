/** What one check found. */
export interface Diagnosis {
  readonly check: 'node' | 'versions' | 'clock' | 'disk' | 'dns' | 'smtp' | 'store' | 'engine'
  /** `skipped`: there was nothing to look at. */
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped'
  readonly fact: string
  /** What to do about it. Left out where all is well. */
  readonly nextStep?: string
}

/** What the checks look at. */
export interface Patient {
  /** The folder of a store, where one is named. */
  readonly dir: string | undefined
  /** `GET session` of an engine and how it is reached, or why it is not. */
  readonly engine: EngineFound
  /** Names to resolve. */
  readonly hosts: readonly string[]
  readonly smtpUrl: string | undefined
}

/** What became of asking for an engine. */
export type EngineFound =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'reached'
      readonly where: string
      readonly at: number
      readonly askedAt: number
      readonly may: readonly string[]
    }
  | { readonly kind: 'failed'; readonly fact: string; readonly nextStep: string }
