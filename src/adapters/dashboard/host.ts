import type { HourOfAttempts, LogEntry } from '../../domain/delivery.ts'
import type { SendResult } from '../../domain/event.ts'
import type { AuditEntry, Explanation, HealthState, Transition } from '../../domain/health.ts'
import type { ImportReport } from '../../domain/import-report.ts'
import type { Installation, IntegrationView } from '../../domain/integration.ts'
import type { LedgerPage, ReplayResult } from '../../domain/ledger.ts'
import type { Letter, Notice } from '../../domain/notice.ts'
import type { Overview } from '../../domain/overview.ts'
import type { ProbeAnswer } from '../../domain/probe.ts'
import type { ByHand } from '../../policy/by-hand.ts'
import type { SendInput } from '../../policy/parse-event.ts'
import type { ImportOptions } from '../../policy/parse-import.ts'
import type { LedgerOptions, ReplayOptions } from '../../policy/parse-ledger.ts'
import type { LogOptions } from '../../policy/parse-log-query.ts'
import type { Inspection } from '../../ports.ts'

/** The part of a running engine that a dashboard shows and steers: any `Hookward` will do. */
export interface DashboardHost {
  readonly integrations: {
    get(slug: string): IntegrationView
    enable(slug: string, options: ByHand & EnableTerms): Promise<Explanation>
    disable(slug: string, options: ByHand): Promise<Explanation>
    pause(slug: string, options: ByHand): Promise<Explanation>
    resume(slug: string, options: ByHand): Promise<Explanation>
    probe(slug: string, options: ByHand): Promise<ProbeAnswer>
    send(slug: string, event: SendInput, options: ByHand): Promise<SendResult>
    /** Needed where `import` is switched on. */
    import?(text: string, options: ImportOptions): Promise<ImportReport>
  }
  readonly installations: { list(slug?: string): readonly Installation[] }
  overview(): Promise<Overview>
  shadow(): ShadowSeen | null
  explain(slug: string): Promise<Explanation>
  log(slug: string, options?: LogOptions): Promise<readonly LogEntry[]>
  hours(slug: string): Promise<readonly HourOfAttempts[]>
  audit(slug: string): Promise<readonly AuditEntry[]>
  transitions(slug: string): Promise<readonly Transition[]>
  held(slug: string, options?: LedgerOptions): Promise<LedgerPage>
  dead(slug: string, options?: LedgerOptions): Promise<LedgerPage>
  replay(slug: string, options: ReplayOptions): Promise<ReplayResult>
  notices(slug: string): Promise<readonly { readonly notice: Notice; readonly letters: readonly Letter[] }[]>
  on(name: '*', listener: (event: HostEvent) => void): () => void
  inspect(listener: (inspection: Inspection) => void, options?: { readonly integration?: string }): () => void
}

/** How `enable` is to be done. */
export interface EnableTerms {
  readonly replay?: 'missed' | 'none'
  readonly force?: boolean
}

/** What of an event is looked at. */
export interface HostEvent {
  readonly type: string
  readonly at: number
  readonly integration?: string
}

/** What is shown of a policy in the shadow. */
export interface ShadowSeen {
  readonly policy: { readonly name: string; readonly version: number }
  readonly since: number
  readonly heard: number
  readonly wouldHaveDisabled: number
  readonly differing: number
  readonly differences: readonly {
    readonly integration: string
    readonly live: HealthState
    readonly shadow: HealthState
    readonly since: number
    readonly explanation: Explanation
  }[]
}
