import { describe, expect, it } from 'vitest'
import {
  checkMove,
  isErrorEntry,
  stateAfter,
  type DeliveryState,
  type LogEntry,
  type Next,
} from '../../src/domain/delivery.ts'

const retry: Next = { attempts: 1, dueAt: 5 }
const hold: Next = { hold: 'broken' }
const kept: Next = { dead: 'exhausted' }

/** Every state with every next step, by hand. `inflight` is no next step: an attempt is started, not settled. */
const life: Readonly<Record<DeliveryState, readonly (readonly [Next, 'may' | 'may not'])[]>> = {
  pending: [
    ['delivered', 'may not'],
    ['dead', 'may not'],
    [kept, 'may not'],
    ['skipped', 'may'],
    ['expired', 'may not'],
    [hold, 'may'],
    [retry, 'may'],
  ],
  inflight: [
    ['delivered', 'may'],
    ['dead', 'may'],
    [kept, 'may'],
    ['skipped', 'may'],
    ['expired', 'may not'],
    [hold, 'may'],
    [retry, 'may'],
  ],
  waiting: [
    ['delivered', 'may not'],
    ['dead', 'may not'],
    [kept, 'may not'],
    ['skipped', 'may'],
    ['expired', 'may not'],
    [hold, 'may'],
    [retry, 'may'],
  ],
  held: [
    ['delivered', 'may not'],
    ['dead', 'may not'],
    [kept, 'may not'],
    ['skipped', 'may'],
    ['expired', 'may'],
    [hold, 'may'],
    [retry, 'may'],
  ],
  delivered: [
    ['delivered', 'may not'],
    ['dead', 'may not'],
    [kept, 'may not'],
    ['skipped', 'may not'],
    ['expired', 'may not'],
    [hold, 'may not'],
    [retry, 'may not'],
  ],
  dead: [
    ['delivered', 'may not'],
    ['dead', 'may not'],
    [kept, 'may not'],
    ['skipped', 'may'],
    ['expired', 'may'],
    [hold, 'may not'],
    [retry, 'may'],
  ],
  skipped: [
    ['delivered', 'may not'],
    ['dead', 'may not'],
    [kept, 'may not'],
    ['skipped', 'may not'],
    ['expired', 'may not'],
    [hold, 'may not'],
    [retry, 'may not'],
  ],
  expired: [
    ['delivered', 'may not'],
    ['dead', 'may not'],
    [kept, 'may not'],
    ['skipped', 'may not'],
    ['expired', 'may not'],
    [hold, 'may not'],
    [retry, 'may not'],
  ],
}

const pairs = Object.entries(life).flatMap(([from, moves]) =>
  moves.map(([next, may]) => [from as DeliveryState, may, next] as const),
)

describe("a delivery's life", () => {
  it.each(pairs)('while %s it %s become %j', (from, may, next) => {
    const move = () => checkMove('dlv_1', from, next)
    if (may === 'may') expect(move).not.toThrow()
    else expect(move).toThrow(`delivery dlv_1 cannot go from ${from} to ${stateAfter(next)}`)
  })

  it.each([
    ['delivered', 'delivered'],
    ['dead', 'dead'],
    ['skipped', 'skipped'],
    ['expired', 'expired'],
    [{ hold: 'paused' }, 'held'],
    [{ hold: 'disabled', attempts: 3 }, 'held'],
    [{ attempts: 0, dueAt: 0 }, 'waiting'],
  ] as const)('%j leaves it %s', (next, state) => {
    expect(stateAfter(next)).toBe(state)
  })
})

describe('the error list (spec 10.2)', () => {
  it.each([
    [0, true],
    [200, false],
    [302, false],
    [399, false],
    [400, true],
    [599, true],
    [600, false],
  ])('takes an entry with response code %i: %s', (responseCode, expected) => {
    expect(isErrorEntry({ responseCode } as LogEntry)).toBe(expected)
  })
})
