import type { AuditEntry, ChartState, Transition } from '../domain/health.ts'
import type { Step } from './step.ts'

/** What one step leaves in the books: each state it entered, and who did it where somebody did. */
export function historyOf(step: Step): {
  readonly transitions: readonly Transition[]
  readonly audit: readonly AuditEntry[]
} {
  return { transitions: transitionsOf(step), audit: auditOf(step) }
}

function transitionsOf({ id, signal, before, after }: Step): readonly Transition[] {
  const { walked, verdict } = after.context
  const incident = after.context.incident ?? before.context.incident
  return walked.map((to, i) => ({
    at: signal.at,
    integrationId: id,
    from: walked[i - 1] ?? before.state,
    to,
    signal: signal.type,
    evidence: verdict.evidence,
    ...(incident === null ? {} : { incidentId: incident.id }),
  }))
}

const byHand: Readonly<Partial<Record<Step['signal']['type'], string>>> = {
  'admin.enable': 'integration.enabled',
  'admin.disable': 'integration.disabled',
  'admin.pause': 'integration.paused',
  'admin.resume': 'integration.resumed',
  'admin.probe': 'integration.probed',
}

function auditOf({ id, signal, after }: Step): readonly AuditEntry[] {
  const { walked, verdict } = after.context
  const entry = { at: signal.at, integrationId: id }
  const entered = (state: ChartState) => walked.includes(state)
  if (entered('broken.condemned')) {
    const { evidence } = verdict
    const hand = 'by' in signal ? signal : { by: 'system', reason: evidence.summary }
    return [{ ...entry, by: hand.by, action: 'integration.disabled', reason: hand.reason, evidence }]
  }
  const action = byHand[signal.type]
  return action === undefined || !('by' in signal) ? [] : [{ ...entry, by: signal.by, action, reason: signal.reason }]
}
