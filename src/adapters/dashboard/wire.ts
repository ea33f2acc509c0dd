import type { ImportedLine, ImportReport } from '../../domain/import-report.ts'
import type { HourOfAttempts, LogEntry } from '../../domain/delivery.ts'
import type { AuditEntry, Explanation, HealthState, Transition } from '../../domain/health.ts'
import type { Installation, IntegrationView } from '../../domain/integration.ts'
import type { LedgerEntry } from '../../domain/ledger.ts'
import type { Letter, Notice } from '../../domain/notice.ts'
import type { OwnOutage, Overview, Standing } from '../../domain/overview.ts'
import type { DashboardAction } from './actions.ts'
import type { ShadowSeen } from './host.ts'

/** A refusal or an error, as every part of the interface words it. */
export interface DashboardProblem {
  /** In capitals; the same from one version to the next. */
  readonly code: string
  readonly fact: string
  readonly nextStep: string
}

/** What `session` answers. */
export interface DashboardSession {
  /** Now, by the engine's clock. */
  readonly at: number
  /** The policy that judges. */
  readonly policy: { readonly name: string; readonly version: number }
  /** What a change has to carry as `x-hookward-token`; another one after each start. */
  readonly token: string
  /** What `authorize` lets whoever asks do. */
  readonly may: Readonly<Record<DashboardAction, boolean>>
}

/** Attempts that arrived, and those that did not. */
export interface AttemptCounts {
  readonly ok: number
  readonly failed: number
}

/** One row of the list. */
export interface ListRow extends Standing {
  /** Attempts of the hours that began in the last 24; `null` where there was none. */
  readonly rate: AttemptCounts | null
}

/** What `list` answers. */
export interface DashboardList {
  readonly at: number
  /** Our own side is down: nothing is judged. */
  readonly outage?: OwnOutage
  readonly policy: { readonly name: string; readonly version: number }
  /** How many integrations there are. */
  readonly total: number
  /** How many are of the state asked for, and found by `q`. */
  readonly matching: number
  /** How many are found by `q`, by state. */
  readonly states: Readonly<Partial<Record<HealthState, number>>>
  readonly rows: readonly ListRow[]
}

/** A notice without the verdict as it stood then. */
export interface ShownNotice extends Omit<Notice, 'explanation' | 'requests'> {
  readonly letters: readonly Letter[]
}

/** What `integration` answers. */
export interface DashboardIntegration {
  readonly at: number
  /** As it is registered, without secrets, and without what may be one in its URL. */
  readonly integration: IntegrationView
  /** Its row of the overview; left out where it was registered a moment ago. */
  readonly standing?: Standing
  readonly explanation: Explanation
  readonly installations: readonly Installation[]
  /** Newest first, at most 200. */
  readonly transitions: readonly Transition[]
  /** Newest first, at most 200. */
  readonly audit: readonly AuditEntry[]
  /** Oldest first. */
  readonly notices: readonly ShownNotice[]
  /** Attempts by the hour, oldest first: the newest 168 hours in which there were any. */
  readonly hours: readonly HourOfAttempts[]
  /** Topics of the newest 100 entries of its log. */
  readonly topics: readonly string[]
}

/** What `delivery` answers. */
export interface DashboardDelivery {
  readonly id: string
  readonly slug: string
  /** Every entry that the log still has of it, oldest first. */
  readonly attempts: readonly LogEntry[]
  /** Its place in the ledger, while it is held or dead. */
  readonly held?: LedgerEntry
  readonly dead?: LedgerEntry
}

/** Where a policy in the shadow would have it otherwise. */
export interface ShadowDifference extends Omit<ShadowSeen['differences'][number], 'explanation'> {
  readonly summary: string
}

/** What a policy in the shadow makes of everything. */
export interface ShadowNews extends Omit<ShadowSeen, 'differences'> {
  readonly differences: readonly ShadowDifference[]
}

/** Sums over all integrations. */
export interface OperatorSums {
  readonly integrations: number
  readonly waiting: number
  readonly inFlight: number
  readonly held: number
  readonly dead: number
  /** Lanes that are not open. */
  readonly closed: number
}

/** What `operator` answers: the overview, summed up. */
export interface DashboardOperator extends Omit<Overview, 'integrations'> {
  /** Streams that are open. */
  readonly viewers: number
  readonly shadow: ShadowNews | null
  readonly sums: OperatorSums
  /** Those with most waiting, at most 20. */
  readonly lanes: readonly Standing[]
  /** Those that take most, at most 20. */
  readonly ledgers: readonly Standing[]
  /** Those to which something happens next by time alone, at most 20. */
  readonly due: readonly Standing[]
}

/** `import`: what became of each line, or would. */
export interface DashboardImport extends Omit<ImportReport, 'lines'> {
  /** In their order. */
  readonly lines: readonly DashboardImportedLine[]
}

/** One line of an import. */
export interface DashboardImportedLine extends Omit<ImportedLine, 'error'> {
  /** Why it is refused. */
  readonly error?: DashboardProblem
}

/** `told`, over the stream: something has happened. Bodies, headers and addresses are not in it. */
export interface DashboardTold {
  /** The name of the event. */
  readonly type: string
  readonly at: number
  readonly integration?: string
  readonly attempt?: number
  readonly hosts?: number
  readonly deliveryId?: string
  readonly topic?: string
  readonly acceptedAt?: number
  /** The delivery that this one was made from. */
  readonly replays?: string
  /** How the attempt ended. */
  readonly code?: string
  readonly state?: HealthState
  readonly summary?: string
}

/** `chart`, over the stream of one integration: its machine has got a signal. */
export interface DashboardStep {
  readonly signal: string
  /** The state it is in now, as XState has it. */
  readonly value: unknown
  readonly at: number
}
