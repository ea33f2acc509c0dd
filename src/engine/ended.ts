import type { Attempt, DeadReason, Next } from '../domain/delivery.ts'
import { isLifecycle } from '../domain/topic.ts'
import type { Started, View } from '../machines/index.ts'
import type { Backlog } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import { waitFor } from './holding.ts'
import { factsOf, logEntryOf, type Settlement } from './settle.ts'
import type { Effects } from './step.ts'

/** What an ended attempt changes beside health: where its delivery goes, and its line in the log. */
export function effectsOf(
  { backlog, catalogue }: { readonly backlog: Backlog; readonly catalogue: Catalogue },
  started: Started,
  attempt: Attempt,
  settlement: Settlement,
  after: View,
): Effects {
  const { id, topic, installationId } = started.delivery
  const isLost = isLifecycle(topic) || catalogue.installation(installationId) === undefined
  const known = backlog.get(id)?.dead
  const kept = known === undefined ? keptOf(settlement, started) : stillDead(settlement.next, known.reason)
  const steps = isLost ? lostSteps(settlement.next, isLifecycle(topic)) : stepsOf(kept, after, attempt)
  const becomes = steps.at(-1) ?? settlement.next
  const settled = steps.map((next) => ({ id, next }))
  return { settled, log: [logEntryOf(started, attempt, becomes)] }
}

/** A delivery that ends dead is kept as a dead letter. */
function keptOf({ next, rule }: Settlement, { attempts }: Started): Next {
  if (next !== 'dead') return next
  return { dead: rule.settles === 'dead' ? 'refused' : 'exhausted', attempts: attempts + 1 }
}

/** A dead letter that was sent as a probe and did not arrive is one still. */
function stillDead(next: Next, reason: DeadReason): Next {
  return next === 'delivered' ? next : { dead: reason }
}

/** Nobody is there any more to whom it could be sent once more; installation topics go on, whatever else is gone. */
function lostSteps(next: Next, isLifecycleTopic: boolean): readonly Next[] {
  return typeof next === 'string' || isLifecycleTopic ? [next] : ['skipped']
}

function stepsOf(next: Next, after: View, { at, outcome }: Attempt): readonly Next[] {
  if (typeof next === 'string') return [next]
  const last = factsOf(outcome)
  if ('dead' in next) return [{ ...next, last }]
  return waitFor({ ...next, last }, after, at)
}
