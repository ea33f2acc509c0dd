import { bound } from '../../../src/adapters/restate/wire.ts'
import type { Slice, Turned } from '../../../src/adapters/restate/slice.ts'
import type { Turns } from '../../../src/adapters/restate/turns.ts'
import type { TurnParts } from '../../../src/engine/turn.ts'
import type { Plant } from './fleet.ts'

/** A worker's turns, perhaps with a fault in them. */
export function planted(turns: Turns, plant: Plant | null, parts: Pick<TurnParts, 'transport'>): Turns {
  if (plant === 'kept-nothing')
    return { ...turns, deliver: async (slice, parcels) => uncounted(slice, await turns.deliver(slice, parcels)) }
  if (plant === 'mailed-anew') {
    let sent = 0
    const anew = (id: string) => `${process.pid}-${(sent += 1)}-${id}`
    return {
      ...turns,
      send: async ({ channel, message }) => {
        await turns.send({ channel, message })
        return turns.send({ channel, message: { ...message, id: anew(message.id) } })
      },
    }
  }
  if (plant !== 'gate-unread') return turns
  return {
    ...turns,
    deliver: async (slice, parcels) => {
      const [integration] = slice.document.integrations
      const url = integration?.url ?? ''
      for (const { body } of parcels.map(bound))
        await parts.transport.attempt({ url, headers: { 'webhook-id': 'unread' }, body, deadlineMs: 1_000 })
      return turns.deliver(slice, parcels)
    },
  }
}

/** What was counted in bulk is not kept. */
function uncounted(slice: Slice, turned: Turned<null>): Turned<null> {
  const { folded } = slice.document
  return { ...turned, document: { ...turned.document, folded } }
}
