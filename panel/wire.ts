import type { LogEntry } from '../src/domain/delivery.ts'
import type { AuditEntry, Explanation, Transition } from '../src/domain/health.ts'
import type { Installation, IntegrationView } from '../src/domain/integration.ts'
import type { LedgerEntry } from '../src/domain/ledger.ts'
import type { Letter, Notice } from '../src/domain/notice.ts'
import type { Overview, Standing } from '../src/domain/overview.ts'

/** What the server sends, as `src/adapters/dashboard` makes it. */
export interface Session {
  readonly at: number
  readonly policy: { readonly name: string; readonly version: number }
  readonly token: string
  readonly may: Readonly<Record<string, boolean>>
}

export interface Rate {
  readonly ok: number
  readonly failed: number
}

export interface List {
  readonly at: number
  readonly outage?: Overview['outage']
  readonly total: number
  readonly matching: number
  readonly states: Readonly<Record<string, number>>
  readonly rows: readonly (Standing & { readonly rate: Rate | null })[]
}

export interface Hour extends Rate {
  readonly at: number
}

export interface Details {
  readonly at: number
  readonly integration: IntegrationView
  readonly standing?: Standing
  readonly explanation: Explanation
  readonly installations: readonly Installation[]
  readonly transitions: readonly Transition[]
  readonly audit: readonly AuditEntry[]
  readonly notices: readonly (Omit<Notice, 'explanation' | 'requests'> & { readonly letters: readonly Letter[] })[]
  readonly hours: readonly Hour[]
  readonly topics: readonly string[]
}

export interface DeliveryDetails {
  readonly id: string
  readonly slug: string
  readonly attempts: readonly LogEntry[]
  readonly held?: LedgerEntry
  readonly dead?: LedgerEntry
}

export interface ShadowNews {
  readonly policy: Session['policy']
  readonly since: number
  readonly heard: number
  readonly wouldHaveDisabled: number
  readonly differing: number
  readonly differences: readonly {
    readonly integration: string
    readonly live: string
    readonly shadow: string
    readonly since: number
    readonly summary: string
  }[]
}

export interface Operator extends Omit<Overview, 'integrations'> {
  readonly viewers: number
  readonly shadow: ShadowNews | null
  readonly sums: Readonly<Record<'integrations' | 'waiting' | 'inFlight' | 'held' | 'dead' | 'closed', number>>
  readonly lanes: readonly Standing[]
  readonly ledgers: readonly Standing[]
  readonly due: readonly Standing[]
}

/** What is told over the stream. */
export interface Told {
  readonly type: string
  readonly at: number
  readonly integration?: string
  readonly deliveryId?: string
  readonly topic?: string
  readonly acceptedAt?: number
  readonly attempt?: number
  readonly replays?: string
  readonly code?: string
  readonly state?: string
  readonly summary?: string
}

/** A step of the machine, over the stream. */
export interface ChartStep {
  readonly signal: string
  readonly value: string | Readonly<Record<string, string>>
  readonly at: number
}
