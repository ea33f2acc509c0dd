export type { HourOfAttempts as Hour } from '../src/domain/delivery.ts'
import type { DashboardStep } from '../src/adapters/dashboard/wire.ts'

/** What the server sends, under the names that the page has for it. */
export type {
  AttemptCounts as Rate,
  DashboardDelivery as DeliveryDetails,
  DashboardIntegration as Details,
  DashboardList as List,
  DashboardOperator as Operator,
  DashboardSession as Session,
  DashboardTold as Told,
  ShadowNews,
} from '../src/adapters/dashboard/wire.ts'

/** A step of the machine, over the stream. */
export interface ChartStep extends DashboardStep {
  readonly value: string | Readonly<Record<string, string>>
}
