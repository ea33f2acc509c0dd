import { channel, type Channel } from 'node:diagnostics_channel'
import type { EventName, HookwardEvents } from '../domain/told.ts'

const delivery = channel('hookward:delivery')
const health = channel('hookward:health')
const mail = channel('hookward:mail')
const engine = channel('hookward:engine')

/** The channel of `node:diagnostics_channel` on which each event is published, beside its listeners. */
export const channelOf: Readonly<Record<EventName, Channel>> = {
  delivered: delivery,
  'delivery.failed': delivery,
  'delivery.dead': delivery,
  'delivery.expired': delivery,
  'ledger.filling': engine,
  degraded: health,
  broken: health,
  disabled: health,
  recovered: health,
  quarantined: health,
  shadow: health,
  'notice.sent': mail,
  'notice.delayed': mail,
  'notice.failed': mail,
  frozen: engine,
  thawed: engine,
  holding: engine,
  'spool.refused': engine,
  'store.failed': engine,
}

/** For whoever watches the whole process, as agents of monitoring do. Costs one look while nobody does. */
export function publish<Name extends EventName>(type: Name, event: HookwardEvents[Name]): void {
  const channel = channelOf[type]
  if (channel.hasSubscribers) channel.publish({ type, ...event })
}
