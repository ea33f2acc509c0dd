import { describe, expect, it } from 'vitest'
import type { Attempt } from '../../src/domain/delivery.ts'
import type { OutcomeFacts } from '../../src/domain/outcome.ts'
import { settle, type Circumstances } from '../../src/engine/settle.ts'
import type { Started } from '../../src/machines/index.ts'
import { standard, type Policy } from '../../src/policy/index.ts'
import { outcomes } from '../support/standard-signals.ts'

const policy = standard() as unknown as Policy
const acceptedAt = 1_700_000_000_000
const at = acceptedAt + 1_000

function started(attempts: number, isProbe = false): Started {
  const where = { integrationId: 'acme-bot', installationId: 'ins', organization: 'acme' }
  const delivery = { ...where, id: 'dlv_1', eventId: 'evt_1', topic: 'issue.created', acceptedAt }
  return { delivery, attempts, origin: 'https://acme.dev', epoch: 0, isProbe, startedAt: 0 }
}

function ended(facts: OutcomeFacts, headers: Attempt['outcome']['headers'] = {}): Attempt {
  const outcome = { ...facts, headers, phase: 'head', durationMs: 1, body: '', bodyBytes: 0, truncated: false } as const
  return { requestId: 'r', url: 'https://acme.dev/hook', headers: {}, body: new Uint8Array(), at, outcome }
}

function next(attempts: number, attempt: Attempt, known: Partial<Circumstances> = {}) {
  return settle(policy, started(attempts), attempt, { status: 'internal', chance: 0, restedAt: at, ...known }).next
}

describe('an attempt that failed', () => {
  it.each([
    [0, 5_000],
    [1, 300_000],
    [8, 86_400_000],
  ])('after %i others waits by the schedule', (attempts, waitMs) => {
    expect(next(attempts, ended(outcomes['500']))).toEqual({ attempts: attempts + 1, dueAt: at + waitMs })
    expect(next(attempts, ended(outcomes['500']), { chance: 1 })).toEqual({
      attempts: attempts + 1,
      dueAt: at + waitMs * 1.2,
    })
  })

  it('leaves a dead delivery when the schedule has no further one, or the outcome allows no other', () => {
    expect(next(9, ended(outcomes['500']))).toBe('dead')
    expect(next(1, ended(outcomes['422']))).toEqual({ attempts: 2, dueAt: at + 300_000 })
    expect(next(2, ended(outcomes['422']))).toBe('dead')
  })

  it.each([502, 504])('with %i waits for a minute at least', (status) => {
    const facts = { kind: 'server', status, code: `HTTP_${status}` } as const
    expect(next(0, ended(facts))).toEqual({ attempts: 1, dueAt: at + 60_000 })
    expect(next(1, ended(facts))).toEqual({ attempts: 2, dueAt: at + 300_000 })
  })

  it('tells health which attempt it was, of a delivery accepted when, and whether it was the last', () => {
    const told = (attempts: number) =>
      settle(policy, started(attempts), ended(outcomes['500']), { status: 'published', chance: 0, restedAt: at }).signal
    expect(told(0)).toMatchObject({
      type: 'delivery.failed',
      status: 'published',
      attempt: 1,
      final: false,
      acceptedAt,
    })
    expect(told(9)).toMatchObject({ attempt: 10, final: true })
  })
})

describe('an attempt that was throttled', () => {
  const asked = (seconds: string) => ended(outcomes.throttled, { 'retry-after': seconds })
  it.each([
    ['the schedule asks for more', '2', 5_000],
    ['the receiver asks for more', '900', 900_000],
    ['the receiver asks for more than a day', '9999999', 86_400_000],
  ])('waits for the longer of the two: %s', (_, seconds, waitMs) => {
    expect(next(0, asked(seconds))).toEqual({ attempts: 1, dueAt: at + waitMs })
  })

  it('spends no attempt while there is patience, and waits as long as that asks for', () => {
    const patience = { waitMs: 240_000, spends: false }
    expect(next(0, asked('2'), { patience })).toEqual({ attempts: 0, unspent: 1, dueAt: at + 240_000 })
    expect(next(9, asked('900'), { patience })).toEqual({ attempts: 9, unspent: 1, dueAt: at + 900_000 })
  })

  it('is one more attempt to health, although it is not spent', () => {
    const known = { status: 'internal', chance: 0, restedAt: at } as const
    const again = { ...started(0), unspent: 2 }
    expect(settle(policy, again, asked('2'), known).signal).toMatchObject({ attempt: 3 })
  })

  it('rests its lane for as long as was asked, not until its own schedule', () => {
    const known = { status: 'internal', chance: 0, restedAt: at } as const
    expect(settle(policy, started(5), asked('900'), known).restUntil).toBe(at + 900_000)
    expect(settle(policy, started(5), ended(outcomes['500']), known).restUntil).toBeUndefined()
  })

  it('spends attempts when patience is over, up to the last', () => {
    const patience = { waitMs: 3_600_000, spends: true }
    expect(next(0, asked('2'), { patience })).toEqual({ attempts: 1, dueAt: at + 3_600_000 })
    expect(next(9, asked('2'), { patience })).toBe('dead')
  })

  it('is held again where it was a probe', () => {
    const known = { status: 'internal', chance: 0, restedAt: at } as const
    expect(settle(policy, started(3, true), asked('2'), known).next).toEqual({ hold: 'broken', attempts: 3 })
  })
})
