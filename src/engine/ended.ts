import type { Attempt, Delivery, Next } from '../domain/delivery.ts'
import { isLifecycle } from '../domain/topic.ts'
import type { Started, View } from '../machines/index.ts'
import type { Catalogue } from './catalogue.ts'
import { waitFor } from './holding.ts'
import { logEntryOf } from './settle.ts'
import type { Effects } from './step.ts'

/** What an ended attempt changes beside health: where its delivery goes, and its line in the log. */
export function effectsOf(catalogue: Catalogue, started: Started, attempt: Attempt, next: Next, after: View): Effects {
  const steps = stepsOf(catalogue, started.delivery, next, after, attempt.at)
  const becomes = steps.at(-1) ?? next
  const settled = steps.map((step) => ({ id: started.delivery.id, next: step }))
  return { settled, log: [logEntryOf(started, attempt, becomes)] }
}

function stepsOf(catalogue: Catalogue, delivery: Delivery, next: Next, after: View, at: number): readonly Next[] {
  if (typeof next === 'string' || isLifecycle(delivery.topic)) return [next]
  if (catalogue.installation(delivery.installationId) === undefined) return ['skipped']
  return waitFor(next, after, at)
}
