import { describe, expect, it } from 'vitest'
import type { OutcomeFacts } from '../../src/domain/outcome.ts'
import { standard, type Policy } from '../../src/policy/index.ts'
import { chances } from '../../src/testing/chances.ts'
import { drive, type Drive, type Receiver } from '../support/policy-drive.ts'
import { dayMs, hourMs, minuteMs, outcomes, secondMs, spread, type What } from '../support/standard-signals.ts'

const policy = standard() as unknown as Policy

const every = (stepMs: number, untilMs: number, fromMs = 0) =>
  spread(Math.floor((untilMs - fromMs) / stepMs) + 1, fromMs, untilMs - ((untilMs - fromMs) % stepMs), (ms) => ms)
/** Fails so, but for these spans in which it answers. */
const answering = (what: What, ...spans: readonly (readonly [fromMs: number, toMs: number])[]): Receiver => {
  const failure: OutcomeFacts = outcomes[what]
  return (afterMs) => (spans.some(([from, to]) => afterMs >= from && afterMs < to) ? 'ok' : failure)
}
const firstAt = ({ states }: Drive, state: string) => states.find(({ to }) => to.startsWith(state))?.afterMs
const stateOf = ({ explanation }: Drive) => explanation.state

describe('a weekly integration', () => {
  const weekly = every(7 * dayMs, 70 * dayMs)
  it('that fails once after a good week stays healthy: its retry succeeds', () => {
    const receiver = answering('500', [0, 7 * dayMs], [7 * dayMs + secondMs, Infinity])
    const drove = drive({ policy, receiver, accepted: weekly, untilMs: 70 * dayMs })
    expect([stateOf(drove), drove.states, drove.dead]).toEqual(['healthy', [], 0])
  })

  it.each<[What, number]>([
    ['refused', 2.5],
    ['500', 12],
  ])('whose host is dead for 4 days (%s) is broken within hours, and back by itself', (what, hours) => {
    const receiver = answering(what, [0, 7 * dayMs], [11 * dayMs, Infinity])
    const drove = drive({ policy, receiver, accepted: weekly, untilMs: 70 * dayMs })
    expect(((firstAt(drove, 'broken') ?? 0) - 7 * dayMs) / hourMs).toBeGreaterThan(hours)
    expect(((firstAt(drove, 'broken') ?? 0) - 7 * dayMs) / hourMs).toBeLessThan(30)
    expect([firstAt(drove, 'disabled'), stateOf(drove), drove.dead]).toEqual([undefined, 'healthy', 0])
  })

  it('whose host never comes back is disabled 5 days after its first failure, not days after its last success', () => {
    const drove = drive({
      policy,
      receiver: answering('refused', [0, 7 * dayMs]),
      accepted: weekly,
      untilMs: 70 * dayMs,
    })
    expect(firstAt(drove, 'disabled')).toBe(12 * dayMs)
    expect(drove.explanation.evidence.rule).toBe('no-success-for-long')
  })
})

describe('a daily integration', () => {
  const daily = every(dayMs, 30 * dayMs, 9 * hourMs)
  it.each<What>(['refused', 'timeout', '404', 'tls'])('with a dead host (%s) is broken within a day', (what) => {
    const drove = drive({ policy, receiver: answering(what), accepted: daily, untilMs: 30 * dayMs })
    expect((firstAt(drove, 'broken') ?? Infinity) - 9 * hourMs).toBeLessThan(dayMs)
    expect(stateOf(drove)).toBe('disabled')
  })

  it('that is published rests in broken for as long as its host is dead', () => {
    const drove = drive({
      policy,
      receiver: answering('refused'),
      accepted: daily,
      untilMs: 300 * dayMs,
      status: 'published',
    })
    expect([stateOf(drove), firstAt(drove, 'disabled')]).toEqual(['broken', undefined])
    expect(drove.explanation.wouldChange).toContain('a published integration is never disabled')
  })

  it('that answers 503 with Retry-After for ever is broken after a day, then disabled', () => {
    const drove = drive({
      policy,
      receiver: answering('throttled'),
      accepted: daily,
      untilMs: 30 * dayMs,
      retryAfter: '120',
    })
    expect((firstAt(drove, 'broken') ?? 0) - 9 * hourMs).toBeGreaterThanOrEqual(dayMs)
    expect((firstAt(drove, 'broken') ?? 0) - 9 * hourMs).toBeLessThan(dayMs + 2 * hourMs)
    expect([firstAt(drove, 'disabled'), stateOf(drove)]).toEqual([5 * dayMs + 9 * hourMs, 'disabled'])
  })

  it('with one delivery that is refused for ever stays healthy: it dies after three attempts', () => {
    const receiver: Receiver = (_, id) => (id === 'dlv_3' ? outcomes['422'] : 'ok')
    const drove = drive({ policy, receiver, accepted: daily, untilMs: 30 * dayMs })
    expect([drove.states, drove.dead, drove.attempts]).toEqual([[], 1, daily.length + 2])
  })
})

describe('a busy integration', () => {
  it('is not broken by a burst of 50 failures within half a second', () => {
    const burst = spread(50, hourMs + 1, hourMs + 500, (ms) => ms)
    const accepted = [...every(minuteMs, hourMs), ...burst, ...every(minuteMs, 2 * hourMs, hourMs + minuteMs)]
    const receiver = answering('500', [0, hourMs + 1], [hourMs + secondMs, Infinity])
    const drove = drive({ policy, receiver, accepted, untilMs: dayMs })
    expect(drove.states.map(({ to }) => to)).toEqual(['degraded', 'healthy.steady'])
    expect(drove.dead).toBe(0)
  })

  it('that is down for an hour is broken within 6 minutes and back within minutes of its return', () => {
    const receiver = answering('500', [0, hourMs], [2 * hourMs, Infinity])
    const drove = drive({ policy, receiver, accepted: every(10 * secondMs, 6 * hourMs), untilMs: 6 * hourMs })
    expect((firstAt(drove, 'broken') ?? Infinity) - hourMs).toBeLessThan(6 * minuteMs)
    expect((firstAt(drove, 'healthy.probation') ?? Infinity) - 2 * hourMs).toBeLessThan(33 * minuteMs)
    expect(drove.dead).toBe(0)
  })

  const once = standard({ retriesMs: [], refusedAttempts: 1, brokenByDead: false }) as unknown as Policy
  it.each([
    ['second', secondMs, policy],
    ['10 seconds', 10 * secondMs, policy],
    ['half hour', 30 * minuteMs, policy],
    ['second without retries', secondMs, once],
    ['10 seconds without retries', 10 * secondMs, once],
  ])('that times out 30 times in a hundred does not flap, sent to every %s', (name, paceMs, policy) => {
    const chance = chances(1)
    const receiver: Receiver = () => (chance() < 0.3 ? outcomes.timeout : 'ok')
    const accepted = every(paceMs, 9_999 * paceMs)
    const drove = drive({ policy, receiver, accepted, untilMs: 400 * dayMs, chance })
    const told = { every: name, deliveries: accepted.length, transitions: drove.states.length, dead: drove.dead }
    console.log(JSON.stringify(told))
    expect(drove.states.length).toBeLessThan(50)
    expect(firstAt(drove, 'broken')).toBeUndefined()
  })
})
