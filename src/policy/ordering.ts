import type { HostEvent } from '../domain/event.ts'
import type { Integration } from '../domain/integration.ts'
import { isLifecycle } from '../domain/topic.ts'

/**
 * What a delivery stands in order of: deliveries of one integration with the same answer go one after another.
 * Undefined: it need not wait for another.
 */
export function orderOf({ ordered }: Integration, event: HostEvent): string | undefined {
  if (ordered === undefined || isLifecycle(event.topic)) return undefined
  if (ordered.by === 'integration') return 'all'
  if (event.orderKey !== undefined) return `key:${event.orderKey}`
  return event.subject === undefined ? undefined : `subject:${event.subject.type}:${event.subject.id}`
}
