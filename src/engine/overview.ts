import type { Integration, IntegrationId } from '../domain/integration.ts'
import type { Overview, Standing } from '../domain/overview.ts'
import { healthStateOf } from '../machines/record.ts'
import { asOf, type Moment } from '../policy/as-of.ts'
import type { Policy } from '../policy/health/policy.ts'
import type { Clock } from '../ports.ts'
import type { Backlog } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { HealthTime } from './health-time.ts'
import type { Ledger } from './ledger.ts'
import type { OwnSide } from './own-side.ts'
import type { Quarantine } from './quarantine.ts'
import type { Registry } from './registry.ts'

/** What an overview is made from. */
export interface OverviewParts {
  readonly clock: Pick<Clock, 'now'>
  readonly policy: Pick<Policy, 'name' | 'version' | 'judge' | 'skip'>
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly registry: Pick<Registry, 'durable' | 'liveCount'>
  readonly ledger: Pick<Ledger, 'bytesMax' | 'storeBytesMax'>
  readonly ownSide: Pick<OwnSide, 'outage'> & { readonly time: Pick<HealthTime, 'lostMs'> }
  readonly quarantine: Pick<Quarantine, 'evidenceOf'>
}

/** Read from memory alone: nothing is written for it, and nothing that was counted in bulk. */
export function overviewOf(parts: OverviewParts): Overview {
  const { backlog, catalogue, clock, ledger, ownSide, policy, registry } = parts
  const { outage } = ownSide
  const now = { at: clock.now(), lostMs: ownSide.time.lostMs }
  return {
    at: now.at,
    policy: { name: policy.name, version: policy.version },
    ...(outage === undefined ? {} : { outage }),
    lostMs: now.lostMs,
    backlogBytesMax: ledger.storeBytesMax,
    ledgerBytesMax: ledger.bytesMax,
    ledgerBytes: backlog.ledgerBytesInAll,
    actors: registry.liveCount,
    integrations: catalogue.integrations().map((integration) => standingOf(parts, integration, now)),
  }
}

/** With the numbers of this moment, as an explanation has them; nothing is decided here. */
function standingOf(parts: OverviewParts, integration: Integration, now: Moment): Standing {
  const { backlog, policy, quarantine, registry } = parts
  const { id, name, organization, status } = integration
  const { state: chartState, context: recorded, isQuarantined } = registry.durable(id)
  const { since: outSince, evidence } = quarantine.evidenceOf(id) ?? {}
  const context = isQuarantined === true ? recorded : asOf(policy, chartState, recorded, now)
  const state = isQuarantined === true ? 'quarantined' : healthStateOf(chartState)
  const { gate, incident, probes, since, verdict } = context
  const isStill = state === 'disabled' || state === 'paused' || state === 'quarantined'
  return {
    ...{ integration: id, name, organization, status, state, chartState, gate },
    since: outSince ?? (state === 'broken' ? (incident?.brokenAt ?? since) : since),
    summary: (evidence ?? verdict.evidence).summary,
    ...(verdict.next === undefined || isStill ? {} : { next: verdict.next }),
    ...(chartState === 'broken.holding' && !isStill ? { probeAt: probes.dueAt } : {}),
    ...tallyOf(backlog, id),
    ledgerBytes: backlog.ledgerBytes.get(id) ?? 0,
  }
}

function tallyOf(backlog: Backlog, id: IntegrationId) {
  const tally = { waiting: 0, inFlight: 0, held: 0, dead: backlog.dead(id).length }
  let next = Infinity
  for (const { state, dueAt } of backlog.of(id)) {
    tally[state === 'held' ? 'held' : state === 'inflight' ? 'inFlight' : 'waiting'] += 1
    if (state === 'pending' || state === 'waiting') next = Math.min(next, dueAt)
  }
  return { ...tally, ...(next === Infinity ? {} : { dueAt: next }) }
}
