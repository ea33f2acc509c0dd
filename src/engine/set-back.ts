import type { DeliveryId, Settled } from '../domain/delivery.ts'
import type { Clock } from '../ports.ts'
import type { Backlog, Waiting } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { Registry } from './registry.ts'
import type { Timers } from './timers.ts'

/** What waits by the wall's clock, and who knows of it. */
export interface SetBackParts {
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly dispatcher: { move(ms: number): void; schedule(id: DeliveryId): void }
  readonly registry: Registry
  readonly timers: Timers
  readonly parts: { readonly clock: Clock }
}

/** The clock was set back by so much, below zero: what waits for a moment would else wait for as long again. */
export function setBack({ backlog, catalogue, dispatcher, registry, timers, parts }: SetBackParts, ms: number): void {
  const at = parts.clock.now()
  timers.move(ms)
  dispatcher.move(ms)
  for (const { id } of catalogue.integrations()) {
    const settled = backlog.of(id).flatMap((waiting) => (waiting.dueAt > at ? (sooner(waiting, ms) ?? []) : []))
    if (settled.length === 0) continue
    const written = registry.note(id, at, () => ({ settled }))
    // A write that fails stops the engine, which tells so itself.
    written.then(
      () => settled.forEach((one) => dispatcher.schedule(one.id)),
      () => undefined,
    )
  }
}

/** What has not been sent yet is due whatever the clock says, and what is in flight is asked when it ends. */
function sooner({ delivery: { id, acceptedAt }, attempts, dueAt, held, state }: Waiting, ms: number) {
  const soonerAt = dueAt + ms
  if (state === 'held' && held !== undefined)
    return { id, next: { hold: held.reason, dueAt: soonerAt } } satisfies Settled
  const isWaiting = state === 'waiting' || (state === 'pending' && dueAt > acceptedAt)
  return isWaiting ? ({ id, next: { attempts, dueAt: soonerAt } } satisfies Settled) : undefined
}
