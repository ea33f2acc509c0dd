import type { LedgerEntry, LedgerPage } from '../../domain/ledger.ts'
import type { Overview } from '../../domain/overview.ts'
import type { LedgerOptions } from '../../policy/parse-ledger.ts'
import type { DashboardHost } from './host.ts'
import { present } from './present.ts'
import { shownEntry, shownIntegration } from './redact.ts'
import type { DashboardDelivery, DashboardIntegration, ShownNotice } from './wire.ts'

const stepsMax = 200

/** One integration in full, but for its log. */
export async function integrationOf(
  host: DashboardHost,
  { integrations, at }: Overview,
  slug: string,
): Promise<DashboardIntegration> {
  const integration = shownIntegration(host.integrations.get(slug))
  const [explanation, transitions, audit, notices, hours, entries] = await Promise.all([
    host.explain(slug),
    host.transitions(slug),
    host.audit(slug),
    host.notices(slug),
    host.hours(slug),
    host.log(slug),
  ])
  const standing = integrations.find((one) => one.integration === slug)
  return {
    ...{ at, integration, explanation, ...present({ standing }) },
    installations: host.installations.list(slug),
    transitions: transitions.slice(0, stepsMax),
    audit: audit.slice(0, stepsMax),
    notices: notices.map(shownNotice),
    hours,
    topics: [...new Set(entries.map(({ topic }) => topic))].sort(),
  }
}

function shownNotice({ notice, letters }: Awaited<ReturnType<DashboardHost['notices']>>[number]): ShownNotice {
  const { explanation: _, requests: __, ...own } = notice
  return { ...own, letters }
}

/** Every attempt of one delivery that the log still has, oldest first, and its place in the ledger. */
export async function deliveryOf(host: DashboardHost, slug: string, id: string): Promise<DashboardDelivery> {
  const entries = await host.log(slug, { delivery: id })
  const isOver = ['delivered', 'skipped', 'expired'].includes(entries[0]?.became ?? '')
  const among = (read: (part: LedgerOptions) => Promise<LedgerPage>) => (isOver ? undefined : inLedger(read, id))
  const [held, dead] = await Promise.all([
    among((part) => host.held(slug, part)),
    among((part) => host.dead(slug, part)),
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
