import type { Settled } from '../domain/delivery.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Backlog } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { StepConsequences } from './consequences.ts'
import type { Dispatcher } from './dispatcher.ts'
import { dueLines, heldLines, holdReason } from './holding.ts'
import type { Ramps } from './ramps.ts'
import type { Registration } from './registration.ts'
import type { Registry } from './registry.ts'

/** What is set going again. */
export interface ResumeParts {
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly consequences: StepConsequences
  readonly dispatcher: Dispatcher
  readonly ramps: Ramps
  readonly registration: Registration
  readonly registry: Registry
}

/** Lane, ledger and timers of one integration, as its record has them. Writes that fail stop the engine, which tells so. */
export function resume(parts: ResumeParts, id: IntegrationId, at: number): void {
  const { backlog, catalogue, consequences, dispatcher, ramps, registration, registry } = parts
  if (registry.isUnheard(id) && backlog.of(id).length === 0) return
  const view = registry.now(id)
  const { gate, epoch } = view.context
  const gone = backlog.judged(id).filter(({ delivery }) => !catalogue.installation(delivery.installationId))
  if (gone.length > 0) void registration.skip(id, gone, 'UNINSTALLED').catch(() => undefined)
  const isRamp = gate === 'open' && ramps.begin(id)
  const settled = gate === 'open' ? (isRamp ? [] : dueLines(backlog.held(id), at)) : looseLines(parts, id)
  if (settled.length > 0) void registry.note(id, at, () => ({ settled })).catch(() => undefined)
  if (gate === 'open') dispatcher.restAgain(id)
  dispatcher.setLane(id, gate, epoch)
  // Behind a closed gate these are the installation topics alone: all else is held by now.
  for (const { delivery } of backlog.of(id)) dispatcher.schedule(delivery.id)
  ramps.go(id)
  if (view.isQuarantined === true) return
  consequences.watch(id, view)
  if (view.state === 'broken.condemned') consequences.disable(id)
}

/** Accepted behind a closed gate, cut off in flight, or held for another reason: into the ledger with the rest. */
function looseLines({ backlog, registry }: ResumeParts, id: IntegrationId): readonly Settled[] {
  return heldLines(backlog.judged(id), holdReason(registry.now(id)))
}
