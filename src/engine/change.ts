import type { IntegrationRecord } from '../domain/health.ts'
import type { Change } from '../ports.ts'
import { historyOf } from './history.ts'
import type { Consequences, Effects, Step } from './step.ts'

/** Everything one step changed, as one commit. */
export function changeOf(
  step: Step,
  record: IntegrationRecord,
  effects: Effects,
  { settled = [], notices = [], log = [] }: ReturnType<Consequences['atOnce']>,
): Change {
  const { transitions, audit } = historyOf(step)
  return {
    at: step.signal.at,
    integrationId: step.id,
    record,
    settled: [...(effects.settled ?? []), ...settled],
    log: [...(effects.log ?? []), ...log],
    audit: [...audit, ...(effects.audit ?? [])],
    transitions,
    notices,
  }
}

/** Whether there is nothing in it to write. */
export function isEmpty(change: Change): boolean {
  if (change.record !== undefined || change.folded !== undefined) return false
  const { settled, log, audit, transitions, notices, letters } = change
  return [settled, log, audit, transitions, notices, letters].every((part) => (part?.length ?? 0) === 0)
}
