import { describe, expect, it } from 'vitest'
import { sentry, standard, type Policy } from '../../src/policy/index.ts'
import { simulate, traces, type Recorded, type Trace } from '../../src/testing.ts'

const [minuteMs, hourMs] = [60_000, 3_600_000]
const dayMs = 24 * hourMs
const from = Date.parse('2024-06-03T00:00:00Z')
const hasty = standard({ disabledMs: 10 * hourMs, disabledDays: 1, disabledAttempts: 5, disabledDeliveries: 1 })

describe('a simulation of a log', () => {
  it('tells who would be degraded, broken, disabled and mailed, when, and in a sentence why', () => {
    const found = simulate({ history: [...logOf('well', 0), ...logOf('gone', 1)], candidate: hasty })
    expect(found).toMatchObject({ policy: { name: 'standard', version: 1 }, degraded: ['gone'], broken: ['gone'] })
    expect(found).toMatchObject({ disabled: ['gone'], mailed: ['gone'], letters: 3 })
    const [well, gone] = found.fates
    expect(well).toMatchObject({ integration: 'well', state: 'healthy', changes: [], letters: [], held: 0 })
    expect(gone?.changes.map(({ to, rule, at }) => [to, rule, (at - from) / minuteMs])).toEqual([
      ['degraded', 'failures-in-a-row', 40],
      ['broken', 'failures-in-a-row', 90],
      ['disabled', 'no-success-for-long', 600],
    ])
    expect(gone?.changes[2]?.sentence).toMatch(
      /^gone is disabled since 2024-06-03T10:00:00.000Z: nothing has succeeded/,
    )
    expect(gone?.letters.map(({ step, at }) => [step, (at - from) / minuteMs])).toEqual([
      ['warning-2', 90],
      ['disabled', 600],
      ['reminder-1', 2_040],
    ])
  })

  it('holds what a broken integration would be sent, but for the attempts that stand for its probes', () => {
    const { held, fates, outcomes } = simulate({ history: logOf('gone', 1), candidate: hasty })
    expect(outcomes + held).toBeGreaterThanOrEqual(logOf('gone', 1).length)
    expect(fates[0]?.held).toBe(held)
    expect(held).toBeGreaterThan(10)
  })

  it('says the same of entries in any order', () => {
    const log = [...logOf('well', 0.2), ...logOf('gone', 1)]
    const found = simulate({ history: log, candidate: hasty })
    expect(simulate({ history: log.toReversed(), candidate: hasty }).fates.toReversed()).toEqual(found.fates)
  })

  it('names those that happened to be disabled and would not be, and the other way round', () => {
    const history = logOf('gone', 1)
    const patient = standard()
    expect(simulate({ history, candidate: patient, happened: hasty }).compared).toEqual({
      saved: ['gone'],
      newlyDisabled: [],
    })
    expect(simulate({ history, candidate: hasty, happened: patient }).compared).toEqual({
      saved: [],
      newlyDisabled: ['gone'],
    })
    const happened = [aDisablement('gone', from + hourMs), aDisablement('later', from + 90 * dayMs)]
    expect(simulate({ history, candidate: patient, happened }).compared?.saved).toEqual(['gone'])
    expect(simulate({ history, candidate: patient })).not.toHaveProperty('compared')
  })

  it('lets published integrations rest in broken', () => {
    const history = logOf('gone', 1)
    const integrations = [{ id: 'gone', status: 'published' }] as const
    expect(simulate({ history, candidate: hasty, integrations }).fates[0]?.state).toBe('broken')
  })

  it('goes on until it is told to stop', () => {
    const history = logOf('gone', 1).filter(({ at }) => at < from + 5 * hourMs)
    expect(simulate({ history, candidate: hasty }).disabled).toEqual([])
    expect(simulate({ history, candidate: hasty, until: from + 11 * hourMs }).disabled).toEqual(['gone'])
    expect(simulate({ history, candidate: hasty, until: from + hourMs }).fates[0]?.outcomes).toBe(7)
  })

  it('passes over lifecycle topics, and entries of what was never sent', () => {
    const [first] = logOf('gone', 1) as [Recorded]
    const { requestId: _, ...unsent } = first
    const history: readonly Recorded[] = [
      { ...first, topic: 'installation.created' },
      { ...unsent, outcome: { kind: 'local', status: 0, code: 'EXPIRED' } },
    ]
    expect(simulate({ history, candidate: hasty }).outcomes).toBe(0)
  })

  it('is empty for an empty one', () => {
    expect(simulate({ history: [], candidate: hasty })).toMatchObject({ outcomes: 0, fates: [], letters: 0 })
  })
})

describe('a simulation of a trace', () => {
  it('is the same for the same seed, and another for another', () => {
    const history = traces.flapping(3)
    const first = simulate({ history, candidate: standard(), seed: 5 })
    expect(simulate({ history, candidate: standard(), seed: 5 })).toEqual(first)
    expect(simulate({ history, candidate: standard(), seed: 6 })).not.toEqual(first)
  })

  it('accounts for every delivery', () => {
    for (const candidate of [standard(), sentry()] as Policy[]) {
      const { fates } = simulate({ history: traces.weekdayOnly(), candidate })
      for (const { deliveries, integration } of fates) {
        const { accepted = 0, delivered = 0, dead = 0, held = 0, waiting = 0 } = deliveries ?? {}
        expect(delivered + dead + held + waiting, integration).toBe(accepted)
      }
    }
  })

  it('tries again by the schedule of the policy, and gives up by it', () => {
    const history = aTrace([{ at: from, answer: { status: 503 } }])
    const twice = sentry({ retriesMs: [minuteMs, minuteMs] })
    expect(simulate({ history, candidate: twice }).fates[0]).toMatchObject({ outcomes: 3, deliveries: { dead: 1 } })
    const once = sentry({ retriesMs: [] })
    expect(simulate({ history, candidate: once }).fates[0]).toMatchObject({ outcomes: 1, deliveries: { dead: 1 } })
  })

  it('times out what takes longer than the policy waits', () => {
    const history = aTrace([{ at: from, answer: { status: 200, afterMs: 8_000 } }])
    expect(simulate({ history, candidate: standard() }).fates[0]?.deliveries?.delivered).toBe(1)
    expect(simulate({ history, candidate: sentry() }).fates[0]?.deliveries?.dead).toBe(1)
  })

  it('poisons single events only, while their receiver is well', () => {
    const history = aTrace([])
    const [one] = history.integrations
    const events = [{ at: from, poison: { status: 400 } }, { at: from + 1 }]
    const poisoned = { ...history, integrations: [{ ...(one as Trace['integrations'][0]), events }] }
    const { deliveries } = simulate({ history: poisoned, candidate: standard() }).fates[0] ?? {}
    expect(deliveries).toMatchObject({ delivered: 1, dead: 1 })
  })
})

describe('the doors of a simulation', () => {
  const candidate = standard()

  it.each([
    ['an option that nobody knows', { history: [], candidate, sed: 1 }, 'OPTION_INVALID', 'sed'],
    ['a candidate that is no policy', { history: [], candidate: {} }, 'POLICY_INVALID', 'policy.name'],
    ['a policy to compare with that is none', { history: [], candidate, happened: {} }, 'POLICY_INVALID', 'policy'],
    ['a history that is none', { history: 'log', candidate }, 'OPTION_INVALID', 'history'],
    ['an entry that is none', { history: [{ at: 1 }], candidate }, 'TRACE_INVALID', 'history[0]'],
    ['a trace without an end', { history: { from: 1, integrations: [] }, candidate }, 'TRACE_INVALID', 'until'],
    ['a trace out of order', { history: outOfOrder(), candidate }, 'TRACE_INVALID', 'integrations[0].events'],
  ])('refuse %s', (_, options, code, part) => {
    expect(() => simulate(options as never)).toThrow(expect.objectContaining({ code }) as Error)
    expect(() => simulate(options as never)).toThrow(part)
  })
})

/** Two days with an attempt every ten minutes, of which a share fails. */
function logOf(integrationId: string, share: number): readonly Recorded[] {
  return Array.from({ length: 2 * 144 }, (_, i) => {
    const outcome =
      i % 10 < share * 10
        ? ({ kind: 'unreachable', status: 0, code: 'ECONNREFUSED' } as const)
        : ({ kind: 'ok', status: 200, code: 'HTTP_200' } as const)
    const at = from + i * 10 * minuteMs
    return {
      at,
      integrationId,
      deliveryId: `${integrationId}-${i}`,
      topic: 'a.b',
      attempt: 1,
      outcome,
      requestId: `r${i}`,
    }
  })
}

function aDisablement(integrationId: string, at: number) {
  const evidence = { rule: 'x', summary: 'x', facts: {} }
  return { at, integrationId, from: 'broken.condemned', to: 'disabled', signal: 'disable.committed', evidence } as const
}

function aTrace(spells: Trace['integrations'][0]['spells']): Trace {
  return {
    name: 'one',
    from,
    until: from + 9 * dayMs,
    integrations: [{ integration: 'bot', events: [{ at: from }], spells }],
  }
}

function outOfOrder(): Trace {
  return { ...aTrace([]), integrations: [{ integration: 'bot', events: [{ at: 2 }, { at: 1 }], spells: [] }] }
}
