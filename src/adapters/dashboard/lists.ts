import type { HealthState } from '../../domain/health.ts'
import type { Overview, Standing } from '../../domain/overview.ts'
import type { DashboardHost, ShadowSeen } from './host.ts'
import { present } from './present.ts'
import type { AttemptCounts, DashboardList, DashboardOperator, ShadowDifference } from './wire.ts'

const severity = ['quarantined', 'disabled', 'broken', 'degraded', 'paused', 'healthy'] as const

/** Of which state, and in which order. */
export const listStates = ['all', ...severity] as const
export const listSorts = ['severity', 'name', 'since', 'ledger', 'waiting'] as const

/** Which rows of the list of integrations. */
export interface ListQuery {
  readonly q: string
  readonly state: (typeof listStates)[number]
  readonly sort: (typeof listSorts)[number]
  readonly limit: number
  /** So many rows are left out before the first. */
  readonly offset: number
}

/** The rows asked for, and how many there are of each state; rates are worked out for those rows alone. */
export async function listOf(host: DashboardHost, overview: Overview, query: ListQuery): Promise<DashboardList> {
  const { at, outage, policy, integrations } = overview
  const wanted = query.q.toLowerCase()
  const found = integrations.filter((one) => wanted === '' || isNamed(one, wanted))
  const states: Partial<Record<HealthState, number>> = {}
  for (const { state } of found) states[state] = (states[state] ?? 0) + 1
  const matching = query.state === 'all' ? found : found.filter(({ state }) => state === query.state)
  const { limit, offset, sort } = query
  const shown = [...matching].sort(orders[sort]).slice(offset, offset + limit)
  const rows = await Promise.all(shown.map(async (one) => ({ ...one, rate: await rateOf(host, one, at) })))
  const counts = { total: integrations.length, matching: matching.length, states }
  return { at, policy, ...present({ outage }), ...counts, rows }
}

function isNamed({ integration, name, organization }: Standing, wanted: string): boolean {
  return [integration, name, organization].some((text) => text.toLowerCase().includes(wanted))
}

type Order = (a: Standing, b: Standing) => number

const bySeverity: Order = (a, b) =>
  severity.indexOf(a.state) - severity.indexOf(b.state) || b.since - a.since || byName(a, b)
const byName: Order = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

const orders: Readonly<Record<ListQuery['sort'], Order>> = {
  severity: bySeverity,
  name: byName,
  since: (a, b) => b.since - a.since,
  ledger: (a, b) => b.held + b.dead - a.held - a.dead,
  waiting: (a, b) => b.waiting + b.inFlight - a.waiting - a.inFlight,
}

const rateMs = 86_400_000

async function rateOf(host: DashboardHost, { integration }: Standing, at: number): Promise<AttemptCounts | null> {
  const hours = await host.hours(integration).catch(() => [])
  const latest = hours.filter((hour) => hour.at > at - rateMs)
  const sum = (of: keyof AttemptCounts) => latest.reduce((all, hour) => all + hour[of], 0)
  return latest.length === 0 ? null : { ok: sum('ok'), failed: sum('failed') }
}

/** What whoever runs it all looks at: sums, the fullest lanes and ledgers, and what is to come next. */
export function operatorOf(
  { integrations, ...own }: Overview,
  shadow: ShadowSeen | null,
): Omit<DashboardOperator, 'viewers'> {
  const sum = (of: (one: Standing) => number) => integrations.reduce((all, one) => all + of(one), 0)
  const first = (order: Order, isIn: (one: Standing) => boolean) => integrations.filter(isIn).sort(order).slice(0, 20)
  const dueAt = ({ probeAt, next }: Standing) => Math.min(probeAt ?? Infinity, next?.at ?? Infinity)
  return {
    ...own,
    shadow: shadow && { ...shadow, differences: shadow.differences.map(differenceOf) },
    sums: {
      integrations: integrations.length,
      waiting: sum((one) => one.waiting),
      inFlight: sum((one) => one.inFlight),
      held: sum((one) => one.held),
      dead: sum((one) => one.dead),
      closed: integrations.filter(({ gate }) => gate !== 'open').length,
    },
    lanes: first(orders.waiting, (one) => one.waiting + one.inFlight > 0),
    ledgers: first(
      (a, b) => b.ledgerBytes - a.ledgerBytes,
      (one) => one.ledgerBytes > 0,
    ),
    due: first(
      (a, b) => dueAt(a) - dueAt(b),
      (one) => dueAt(one) < Infinity,
    ),
  }
}

function differenceOf({ explanation, ...difference }: ShadowSeen['differences'][number]): ShadowDifference {
  return { ...difference, summary: explanation.evidence.summary }
}
