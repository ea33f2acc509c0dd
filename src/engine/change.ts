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
export function isEmpty({ at: _at, integrationId: _id, ...rest }: Change): boolean {
  return Object.values(rest).every((part) => Array.isArray(part) && part.length === 0)
}
