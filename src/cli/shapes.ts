import type {
  DashboardDelivery,
  DashboardImport,
  DashboardIntegration,
  DashboardList,
} from '../adapters/dashboard/wire.ts'
import type { StoreCheck, StoredIntegration } from '../adapters/lowdb/store-tools.ts'
import type { Migration } from '../adapters/restate/migrate.ts'
import type { LogEntry } from '../domain/delivery.ts'
import type { SendResult } from '../domain/event.ts'
import type { Explanation } from '../domain/health.ts'
import type { LedgerPage } from '../domain/ledger.ts'
import type { ProbeAnswer } from '../domain/probe.ts'
import type { Simulation } from '../testing/simulate/simulate.ts'
import type { Trace } from '../testing/trace/trace.ts'
import type { Explained } from './commands/explain.ts'
import type { Replayed } from './commands/replay.ts'
import type { StoreFixed } from './commands/store.ts'
import type { Tailed } from './commands/tail.ts'
import type { TraceFacts } from './commands/traces.ts'
import type { DemoStep } from './demo/telling.ts'
import type { Diagnosis } from './doctor/finding.ts'
import type { FromFolder } from './engine/folder-facts.ts'
import type { PlayedMail } from './playground/run.ts'

/** What `--json` prints, by command; of those that print as they go, one line. */
export interface Shapes {
  readonly dev: Tailed | PlayedMail
  readonly demo: DemoStep
  readonly ls: DashboardList & FromFolder
  readonly show: (DashboardIntegration | DashboardDelivery) & FromFolder
  readonly explain: Explained
  readonly log: readonly LogEntry[]
  readonly tail: Tailed
  readonly send: SendResult
  readonly probe: ProbeAnswer
  readonly enable: Explanation
  readonly disable: Explanation
  readonly pause: Explanation
  readonly resume: Explanation
  readonly held: LedgerPage
  readonly dead: LedgerPage
  readonly replay: Replayed
  readonly import: DashboardImport
  readonly migrate: Migration
  readonly chart: Readonly<Record<string, unknown>>
  readonly simulate: Simulation
  readonly traces: readonly TraceFacts[] | Trace
  readonly 'store check': StoreCheck
  readonly 'store show': readonly StoredIntegration[]
  readonly 'store fix': StoreFixed
  readonly doctor: readonly Diagnosis[]
}
