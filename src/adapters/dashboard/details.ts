import type { LogEntry } from '../../domain/delivery.ts'
import type { LedgerEntry, LedgerPage } from '../../domain/ledger.ts'
import type { Overview } from '../../domain/overview.ts'
import type { LedgerOptions } from '../../policy/parse-ledger.ts'
import type { DashboardHost } from './host.ts'
import { isFailed } from './lists.ts'
import { present } from './present.ts'
import { shownEntry, shownIntegration } from './redact.ts'
import type { DashboardDelivery, DashboardIntegration, HourOfAttempts, ShownNotice } from './wire.ts'

const hourMs = 3_600_000
const stepsMax = 200
const topicsMax = 20

/** One integration in full, but for its log. */
export async function integrationOf(
  host: DashboardHost,
  { integrations, at }: Overview,
  slug: string,
): Promise<DashboardIntegration> {
  const integration = shownIntegration(host.integrations.get(slug))
  const [explanation, transitions, audit, notices, entries] = await Promise.all([
    host.explain(slug),
    host.transitions(slug),
    host.audit(slug),
    host.notices(slug),
    everyEntry(host, slug),
  ])
  const standing = integrations.find((one) => one.integration === slug)
  return {
    ...{ at, integration, explanation, ...present({ standing }) },
    installations: host.installations.list(slug),
    transitions: transitions.slice(0, stepsMax),
    audit: audit.slice(0, stepsMax),
    notices: notices.map(shownNotice),
    hours: hoursOf(entries),
    topics: [...new Set(entries.map(({ topic }) => topic))].sort(),
  }
}

function shownNotice({ notice, letters }: Awaited<ReturnType<DashboardHost['notices']>>[number]): ShownNotice {
  const { explanation: _, requests: __, ...own } = notice
  return { ...own, letters }
}

/** Successes and failures of each hour of which the log still has any. */
function hoursOf(entries: readonly LogEntry[]): readonly HourOfAttempts[] {
  const hours = new Map<number, { at: number; ok: number; failed: number }>()
  for (const entry of entries) {
    if (entry.requestId === undefined) continue
    const at = Math.floor(entry.at / hourMs) * hourMs
    const hour = hours.get(at) ?? { at, ok: 0, failed: 0 }
    hour[isFailed(entry) ? 'failed' : 'ok'] += 1
    hours.set(at, hour)
  }
  return [...hours.values()].sort((a, b) => a.at - b.at)
}

/** All the log has, newest first: it gives 100 at once, and keeps the newest 100 and the newest 100 errors of a topic. */
async function everyEntry(host: DashboardHost, slug: string): Promise<readonly LogEntry[]> {
  const both = (topic: string | undefined) => {
    const of = topic === undefined ? {} : { topic }
    return Promise.all([host.log(slug, of), host.log(slug, { ...of, errorsOnly: true })])
  }
  const first = (await both(undefined)).flat()
  const topics = [...new Set(first.map(({ topic }) => topic))].slice(0, topicsMax)
  const rest = await Promise.all(topics.map(both))
  return unique([...first, ...rest.flat(2)])
}

function unique(entries: readonly LogEntry[]): readonly LogEntry[] {
  const keyOf = ({ deliveryId, requestId, attempt, at }: LogEntry) => requestId ?? `${deliveryId} ${attempt} ${at}`
  const byKey = new Map(entries.map((entry) => [keyOf(entry), entry]))
  return [...byKey.values()].sort((a, b) => b.at - a.at || b.attempt - a.attempt)
}

/** Every attempt of one delivery that the log still has, oldest first, and its place in the ledger. */
export async function deliveryOf(host: DashboardHost, slug: string, id: string): Promise<DashboardDelivery> {
  const entries = (await everyEntry(host, slug)).filter(({ deliveryId }) => deliveryId === id)
  const [held, dead] = await Promise.all([
    inLedger((part) => host.held(slug, part), id),
    inLedger((part) => host.dead(slug, part), id),
  ])
  return { id, slug, attempts: [...entries].reverse().map(shownEntry), ...present({ held, dead }) }
}

async function inLedger(
  read: (part: LedgerOptions) => Promise<LedgerPage>,
  id: string,
): Promise<LedgerEntry | undefined> {
  for (let after: string | undefined, part = 0; part < 100; part += 1) {
    const page = await read({ limit: 1_000, ...(after === undefined ? {} : { after }) })
    const found = page.entries.find(({ deliveryId }) => deliveryId === id)
    if (found !== undefined || page.next === undefined) return found
    after = page.next
  }
  return undefined
}
