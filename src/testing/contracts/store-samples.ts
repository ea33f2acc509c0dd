import type { Delivery, LogEntry } from '../../domain/delivery.ts'
import type {
  AuditEntry,
  Explanation,
  Folded,
  HealthContext,
  IntegrationRecord,
  Transition,
} from '../../domain/health.ts'
import type { Installation, Integration } from '../../domain/integration.ts'
import type { Letter, Notice } from '../../domain/notice.ts'
import type { Accepted, Change, Recovered } from '../../ports.ts'

export const t0 = Date.UTC(2026, 0, 1)
export const hourMs = 3_600_000
export const dayMs = 24 * hourMs
export const evidence = { rule: 'none', summary: 'nothing yet', facts: { seen: 0 } }

export function anIntegration(parts: Partial<Integration> = {}): Integration {
  return {
    id: 'billing',
    uuid: '7b1c0c1e-0000-4000-8000-000000000001',
    name: 'Billing',
    organization: 'acme',
    url: 'https://billing.example/hook',
    secret: 'a secret of many characters',
    status: 'published',
    topics: ['issue'],
    owners: [{ email: 'owner@acme.test', name: 'Ólafur 東京' }],
    headers: { 'x-team': 'core' },
    createdAt: t0,
    updatedAt: t0,
    ...parts,
  }
}

export function anInstallation(parts: Partial<Installation> = {}): Installation {
  return {
    uuid: 'inst-1',
    integrationId: 'billing',
    organization: 'acme',
    status: 'installed',
    createdAt: t0,
    ...parts,
  }
}

export function aDelivery(parts: Partial<Delivery> = {}): Delivery {
  return {
    id: 'dlv_1',
    eventId: 'evt_1',
    integrationId: 'billing',
    installationId: 'inst-1',
    topic: 'issue.created',
    organization: 'acme',
    acceptedAt: t0,
    ...parts,
  }
}

/** One event with one delivery per id, each with its own body. */
export function accepted(ids: readonly string[], parts: Partial<Accepted> = {}): Accepted {
  const eventId = parts.eventId ?? 'evt_1'
  const deliveries = ids.map((id) => ({ delivery: aDelivery({ id, eventId }), body: bytes(`{"for":"${id}"}`) }))
  return { eventId, at: t0, deliveries, ...parts }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function aChange(parts: Partial<Change> = {}): Change {
  return { at: t0, integrationId: 'billing', ...parts }
}

export function anEntry(parts: Partial<LogEntry> = {}): LogEntry {
  return {
    at: t0,
    integrationId: 'billing',
    deliveryId: 'dlv_1',
    eventId: 'evt_1',
    topic: 'issue.created',
    organization: 'acme',
    attempt: 1,
    requestId: 'req',
    outcome: { kind: 'ok', status: 200, code: 'HTTP_200' },
    responseCode: 200,
    webhookUrl: 'https://billing.example/hook',
    became: 'delivered',
    ...parts,
  }
}

export function aRecord(rev: number): IntegrationRecord {
  const context: HealthContext = {
    integrationId: 'billing',
    at: t0,
    since: t0,
    gate: 'open',
    epoch: 1,
    policy: { name: 'sentry', version: 1, params: {}, memory: { days: [] } },
    verdict: { level: 'healthy', evidence, wouldChange: 'failures' },
    incident: null,
    probationUntil: 0,
    probes: { failed: 0, ok: 0, dueAt: 0 },
    resumeTo: null,
    walked: [],
  }
  return { v: 1, machine: 'integration-v1', value: { health: 'healthy' }, context, rev }
}

export function aNotice(id: string, status: Notice['status'], integrationId = 'billing'): Notice {
  const explanation: Explanation = {
    integration: integrationId,
    state: 'disabled',
    chartState: 'disabled',
    since: t0,
    policy: { name: 'sentry', version: 1 },
    evidence,
    incident: null,
    wouldChange: 'a person enables it',
    held: {},
    dead: {},
    whyNot: [],
    sentence: 'It is disabled.',
  }
  return { id, integrationId, incidentId: 'inc-1', kind: 'disabled', step: 'disabled', at: t0, status, explanation }
}

export function aLetter(id: string, noticeId: string, parts: Partial<Letter> = {}): Letter {
  return { id, noticeId, integrationId: 'billing', to: 'a@acme.test', status: 'pending', tries: 0, dueAt: t0, ...parts }
}

export function anAudit(n: number, integrationId = 'billing'): AuditEntry {
  return { at: t0 + n, integrationId, by: 'system', action: 'integration.disabled', reason: `reason ${n}` }
}

export function aTransition(n: number): Transition {
  const step = { from: 'healthy.steady', to: 'degraded', signal: 'delivery.failed' } as const
  return { at: t0 + n, integrationId: 'billing', ...step, evidence }
}

export function folded(n: number, firstAt: number, lastAt: number, status: Folded['status'] = 'published'): Folded {
  return { n, firstAt, lastAt, status }
}

export const idsOf = (list: readonly { readonly id: string }[]): readonly string[] => list.map(({ id }) => id)
export const pendingIds = ({ pending }: Recovered): readonly string[] => pending.map(({ delivery }) => delivery.id)
