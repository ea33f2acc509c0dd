import type { DeadReason, HoldReason, Next, Settled } from '../domain/delivery.ts'
import type { View } from '../machines/index.ts'
import type { Waiting } from './backlog.ts'

/**
 * A delivery that is not settled waits where its lane says: for its turn behind an open gate, else in the ledger.
 * The steps it takes there, in order: on its way into the ledger it keeps the moment at which it would have been due.
 */
export function waitFor(next: Awaiting, view: View, at: number): readonly [Next, ...Next[]] {
  const { attempts = 0, last } = next
  const facts = { attempts, ...(last === undefined ? {} : { last }) }
  if (view.context.gate === 'open') return ['hold' in next ? { ...facts, dueAt: at } : next]
  const held = { hold: holdReason(view), ...facts }
  return 'hold' in next ? [held] : [next, held]
}

type Awaiting = Exclude<Next, string | { readonly dead: DeadReason }>

/** Why a delivery is held while an integration stands as it does. */
export function holdReason({ state, isQuarantined }: Pick<View, 'state' | 'isQuarantined'>): HoldReason {
  if (isQuarantined === true) return 'quarantined'
  if (state === 'paused') return 'paused'
  return state === 'disabled' || state === 'broken.condemned' ? 'disabled' : 'broken'
}

/** Into the ledger, for this reason; what is there for it already, or was left there, stays as it is. */
export function heldLines(waiting: readonly Waiting[], reason: HoldReason): readonly Settled[] {
  const others = waiting.filter(({ held }) => held?.reason !== reason && held?.reason !== 'left')
  return others.map(({ delivery }) => ({ id: delivery.id, next: { hold: reason } }))
}

/** Due again, never before its time; what was left in the ledger stays there. */
export function dueLines(held: readonly Waiting[], at: number): readonly Settled[] {
  const wanted = held.filter(({ held: why }) => why?.reason !== 'left')
  return wanted.map(({ delivery, attempts, dueAt }) => {
    return { id: delivery.id, next: { attempts, dueAt: Math.max(dueAt, at) } }
  })
}
