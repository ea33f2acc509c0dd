import type { LogEntry } from '../../domain/delivery.ts'
import type { Overview, Standing } from '../../domain/overview.ts'
import type { DashboardHost, ShadowSeen } from './host.ts'

/** Which rows of the list of integrations. */
export interface ListQuery {
  readonly q: string
  readonly state: string
  readonly sort: string
  readonly limit: number
}

/** How its latest attempts ended, as far as the log still has them. */
interface Rate {
  readonly ok: number
  readonly failed: number
}

/** The rows asked for, and how many there are of each state; rates are worked out for those rows alone. */
export async function listOf(host: DashboardHost, overview: Overview, query: ListQuery): Promise<object> {
  const { at, outage, policy, integrations } = overview
  const wanted = query.q.toLowerCase()
  const found = integrations.filter((one) => wanted === '' || isNamed(one, wanted))
  const states: Record<string, number> = {}
  for (const { state } of found) states[state] = (states[state] ?? 0) + 1
  const matching = query.state === '' ? found : found.filter(({ state }) => state === query.state)
  const sorted = [...matching].sort(orders[query.sort] ?? bySeverity).slice(0, query.limit)
  const rows = await Promise.all(sorted.map(async (one) => ({ ...one, rate: await rateOf(host, one, at) })))
  return { at, outage, policy, total: integrations.length, matching: matching.length, states, rows }
}

function isNamed({ integration, name, organization }: Standing, wanted: string): boolean {
  return [integration, name, organization].some((text) => text.toLowerCase().includes(wanted))
}

const severity = ['quarantined', 'disabled', 'broken', 'degraded', 'paused', 'healthy']

type Order = (a: Standing, b: Standing) => number

const bySeverity: Order = (a, b) =>
  severity.indexOf(a.state) - severity.indexOf(b.state) || b.since - a.since || byName(a, b)
const byName: Order = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

const orders: Readonly<Record<string, Order>> = {
  severity: bySeverity,
  name: byName,
  since: (a, b) => b.since - a.since,
  ledger: (a, b) => b.held + b.dead - a.held - a.dead,
  waiting: (a, b) => b.waiting + b.inFlight - a.waiting - a.inFlight,
}

const rateMs = 86_400_000

async function rateOf(host: DashboardHost, { integration }: Standing, at: number): Promise<Rate | null> {
  const entries = await host.log(integration, { from: at - rateMs }).catch(() => [])
  const made = entries.filter(({ requestId }) => requestId !== undefined)
  const failed = made.filter(isFailed).length
  return made.length === 0 ? null : { ok: made.length - failed, failed }
}

export function isFailed({ outcome }: LogEntry): boolean {
  return outcome.kind !== 'ok'
}

/** What whoever runs it all looks at: sums, the fullest lanes and ledgers, and what is to come next. */
export function operatorOf({ integrations, ...own }: Overview, shadow: ShadowSeen | null): object {
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
    lanes: first(orders.waiting ?? byName, (one) => one.waiting + one.inFlight > 0),
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

function differenceOf({ explanation, ...difference }: ShadowSeen['differences'][number]): object {
  return { ...difference, summary: explanation.evidence.summary }
}
