import { describe, expect, it } from 'vitest'
import type { Delivery, Next } from '../../src/domain/delivery.ts'
import type { ChartState, HealthContext, IntegrationRecord } from '../../src/domain/health.ts'
import type { Letter, Notice } from '../../src/domain/notice.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { integration } from '../../src/machines/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { idempotencyKey } from '../../src/policy/signature.ts'
import type { AttemptRequest, Change, Recovered } from '../../src/ports.ts'
import { chartSteps } from '../../src/testing/world/judge/chart.ts'
import { Judge } from '../../src/testing/world/judge/judge.ts'
import { arrowsOf } from '../../src/cli/chart/drawing.ts'

const t0 = Date.UTC(2024, 5, 1, 12)
const dayMs = 86_400_000
const eventId = `evt_${'1'.repeat(32)}`

const policy = sentry()

/** A judge who has seen one delivery accepted, and what may be done before it. */
function aCourt() {
  let now = t0
  const judge = new Judge(
    () => policy,
    () => now,
    () => now,
  )
  const batch = { eventId, at: t0, deliveries: [{ delivery: aDelivery(), body: Buffer.from('{}') }] }
  judge.asked(batch)
  judge.answered(batch, true)
  const commit = (parts: Partial<Change>) => {
    const change = { at: now, integrationId: 'bot', ...parts }
    judge.changing(change)
    judge.changed(change)
  }
  const settle = (next: Next, became: string | null = typeof next === 'string' ? next : null) =>
    commit({ settled: [{ id: 'dlv_1', next }], log: became === null ? [] : [anEntry(became)] })
  const blame = () => judge.verdict(true).map((line) => line.split('Z ')[1]?.split(':')[0])
  const later = (ms: number) => (now += ms)
  return { judge, commit, settle, blame, later }
}

function aDelivery(parts: Partial<Delivery> = {}): Delivery {
  const who = { integrationId: 'bot', installationId: 'inst', organization: 'acme' }
  return { id: 'dlv_1', eventId, ...who, topic: 'a.b', acceptedAt: t0, ...parts }
}

function anEntry(became: string, requestId = 'req'): never {
  return { deliveryId: 'dlv_1', requestId, became, outcome: { kind: 'ok', status: 200, code: 'HTTP_200' } } as never
}

function aRequest(parts: Partial<AttemptRequest> = {}): AttemptRequest {
  const headers = { 'Idempotency-Key': idempotencyKey('1'.repeat(32), 'installation', 'inst'), 'Request-ID': 'req' }
  return { url: 'https://bot.example', headers, body: Buffer.from('{}'), deadlineMs: 1_000, ...parts }
}

const ok = { kind: 'ok', status: 200, code: 'HTTP_200' } as Outcome

const gates = { healthy: 'open', degraded: 'open', 'broken.probing': 'probe' } as const

function aRecord(state: ChartState, rev: number, context: Partial<HealthContext> = {}): IntegrationRecord {
  const [top = '', leaf] = state.split('.')
  const gate =
    (gates as Readonly<Record<string, string>>)[state] ?? (gates as Readonly<Record<string, string>>)[top] ?? 'closed'
  const incident =
    top === 'healthy' || top === 'paused'
      ? null
      : { id: 'inc', startedAt: t0, cause: { at: t0, signal: 'delivery.failed' } }
  const whole = { integrationId: 'bot', epoch: rev, gate, incident, ...context } as HealthContext
  return { v: 1, machine: 'integration-v1', value: leaf === undefined ? top : { [top]: leaf }, context: whole, rev }
}

function steps(...states: readonly ChartState[]): NonNullable<Change['transitions']> {
  return states.slice(1).map((to, n) => ({ from: states[n], to }) as never)
}

function aNotice(id: string, step = 'disabled'): Notice {
  return { id, integrationId: 'bot', incidentId: 'inc', step, status: 'pending' } as Notice
}

function aLetter(id: string, parts: Partial<Letter> = {}): Letter {
  return { id, noticeId: 'n', integrationId: 'bot', to: 'a@acme.dev', status: 'pending', tries: 0, dueAt: t0, ...parts }
}

function recovered(parts: Partial<Recovered> = {}): Recovered {
  const none = { integrations: [], installations: [], records: [], pending: [], dead: [], notices: [], letters: [] }
  return { ...none, bodyBytes: new Map(), successesAfter: new Map(), pulse: null, report: {} as never, ...parts }
}

const waiting = { delivery: aDelivery(), attempts: 0, dueAt: t0 }
const aMail = (messageId: string, to = 'a@acme.dev') => ({ messageId, to, subject: '', text: '', html: '' })
const sent = { kind: 'sent' } as const

describe('a judge', () => {
  it('has nothing to say of a delivery that is sent, taken and logged', () => {
    const { judge, settle, blame } = aCourt()
    const attempted = judge.began(aRequest())
    judge.ended(attempted as never, ok)
    settle('delivered')
    expect(blame()).toEqual([])
    expect(judge.unsettled()).toEqual([])
  })

  it('knows every step of the chart, and no other', () => {
    const leafOf = (state: string) => ({ healthy: 'healthy.steady', broken: 'broken.holding' })[state] ?? state
    const leaves = (state: string) =>
      Object.keys(chartSteps).filter((leaf) => leaf === state || leaf.startsWith(`${state}.`))
    const drawn = arrowsOf(integration.config as never)
      .filter(({ to }) => to !== undefined)
      .flatMap(({ from, to = '' }) =>
        leaves(from.replace('_', '.')).map((leaf) => `${leaf} ${leafOf(to.replace('_', '.'))}`),
      )
      .filter((step) => step.split(' ')[0] !== step.split(' ')[1])
    const known = Object.entries(chartSteps).flatMap(([from, all]) => all.map((to) => `${from} ${to}`))
    expect([...new Set(drawn)].sort()).toEqual(known.sort())
  })
})

describe('a judge sees that', () => {
  it('a delivery is lost over a restart', () => {
    const { judge, blame } = aCourt()
    judge.died()
    judge.recovered(recovered())
    expect(blame()).toEqual(['nothing accepted is lost'])
  })

  it('a delivery is called delivered that no receiver took', () => {
    const { settle, blame } = aCourt()
    settle('delivered')
    expect(blame()).toEqual(['nothing accepted is lost'])
  })

  it('a delivery is due behind an open lane, and nothing follows', () => {
    const { judge, blame, later } = aCourt()
    later(2 * dayMs)
    expect(blame()).toEqual(['nothing accepted is lost'])
    expect(judge.verdict(false)).toEqual([])
  })

  it('a request belongs to no delivery, or has another body', () => {
    const { judge, blame } = aCourt()
    judge.began(aRequest({ headers: { 'Idempotency-Key': 'other' } }))
    judge.began(aRequest({ body: Buffer.from('{"a":1}') }))
    expect(blame()).toEqual(['a delivery keeps its id and body', 'a delivery keeps its id and body'])
  })

  it('a delivery comes from nowhere', () => {
    const { judge, blame } = aCourt()
    judge.recovered(recovered({ pending: [waiting, { ...waiting, delivery: aDelivery({ id: 'dlv_2' }) }] }))
    expect(blame()).toEqual(['a delivery keeps its id and body'])
  })

  it('a delivery is sent beside itself, but not by another run of the engine', () => {
    const { judge, blame } = aCourt()
    judge.began(aRequest())
    judge.died()
    judge.recovered(recovered({ pending: [waiting] }))
    judge.began(aRequest())
    expect(blame()).toEqual([])
    judge.began(aRequest())
    expect(blame()).toEqual(['a delivery is never sent beside itself'])
  })

  it('a delivery has ended and is sent again, or comes back', () => {
    const { judge, settle, blame } = aCourt()
    settle('skipped')
    judge.began(aRequest())
    judge.died()
    judge.recovered(recovered({ pending: [waiting] }))
    expect(blame()).toEqual(['what is settled is not sent again', 'what is settled is not sent again'])
  })

  it.each<ChartState>(['broken.holding', 'disabled', 'paused'])('something is sent while it is %s', (state) => {
    const { judge, commit, blame } = aCourt()
    commit({ record: aRecord(state, 1), transitions: pathTo(state), notices: [aNotice('n')] })
    judge.began(aRequest())
    expect(blame()).toEqual(['nothing starts behind a closed lane'])
  })

  it('but not when it was asked for by hand, once for each call', () => {
    const { judge, commit, settle, blame } = aCourt()
    commit({ record: aRecord('disabled', 1), transitions: pathTo('disabled'), notices: [aNotice('n')] })
    settle({ hold: 'disabled' })
    const end = judge.attempts.hand('bot')
    judge.ended(judge.began(aRequest()) as never, ok)
    end()
    expect(blame()).toEqual([])
    judge.began(aRequest())
    expect(blame()).toEqual(['nothing starts behind a closed lane'])
  })

  it('one is sent before another that it has to wait for, but not when that has held it up for long enough', () => {
    const { judge, blame, later } = aCourt()
    judge.configuring({ kind: 'integration', integration: { id: 'bot', ordered: { by: 'key', blockingMaxMs: 1_000 } } as never }) // prettier-ignore
    const second = `evt_${'2'.repeat(32)}`
    const ordered = [aDelivery({ order: 'a' }), aDelivery({ id: 'dlv_2', eventId: second, order: 'a' })]
    for (const delivery of ordered) {
      const batch = { eventId: delivery.eventId, at: t0, deliveries: [{ delivery, body: Buffer.from('{}') }] }
      judge.asked(batch)
      judge.answered(batch, true)
    }
    const headers = { 'Idempotency-Key': idempotencyKey('2'.repeat(32), 'installation', 'inst') }
    judge.ended(judge.began(aRequest({ headers })) as never, ok)
    expect(blame()).toEqual(['what goes in order goes in order'])
    later(1_000)
    judge.began(aRequest({ headers }))
    expect(blame()).toHaveLength(1)
  })

  it('two probes are under way', () => {
    const { judge, commit, blame } = aCourt()
    const other = { eventId: `evt_${'2'.repeat(32)}`, at: t0, deliveries: [{ delivery: aDelivery({ id: 'dlv_2', eventId: `evt_${'2'.repeat(32)}` }), body: Buffer.from('{}') }] } // prettier-ignore
    judge.asked(other)
    commit({ record: aRecord('broken.probing', 1), transitions: pathTo('broken.probing') })
    judge.began(aRequest())
    const key = idempotencyKey('2'.repeat(32), 'installation', 'inst')
    judge.began(aRequest({ headers: { 'Idempotency-Key': key } }))
    expect(blame()).toEqual(['one probe at a time'])
  })

  it('a probe by hand is under way beside one of the chart', () => {
    const { judge, commit, settle, blame } = aCourt()
    commit({ record: aRecord('broken.holding', 1), transitions: pathTo('broken.holding') })
    settle({ hold: 'broken' })
    judge.attempts.hand('bot')
    judge.began(aRequest())
    judge.attempts.hand('bot')
    judge.began(aRequest())
    expect(new Set(blame())).toEqual(new Set(['a delivery is never sent beside itself', 'one probe at a time']))
  })

  it('an outcome of an older epoch moves the chart', () => {
    const { judge, commit, blame } = aCourt()
    commit({ record: aRecord('degraded', 1), transitions: pathTo('degraded') })
    judge.began(aRequest())
    commit({ record: aRecord('paused', 2), transitions: steps('degraded', 'paused') })
    commit({ record: aRecord('degraded', 3), transitions: steps('paused', 'degraded') })
    commit({ log: [anEntry('waiting')], record: aRecord('degraded', 4) })
    expect(blame()).toEqual(['a stale outcome never moves the chart'])
  })

  it.each<[string, Partial<Change>]>([
    ['skips a state', { record: aRecord('broken.holding', 1), transitions: steps('healthy.steady', 'broken.holding') }],
    [
      'is another one than it came from',
      { record: aRecord('degraded', 1), transitions: steps('broken.holding', 'degraded') },
    ],
    ['is not where its steps end', { record: aRecord('degraded', 1) }],
    ['goes back in time', { record: aRecord('healthy.steady', 0) }],
    ['has the wrong lane', { record: aRecord('degraded', 1, { gate: 'closed' }), transitions: pathTo('degraded') }],
    ['has no incident', { record: aRecord('degraded', 1, { incident: null }), transitions: pathTo('degraded') }],
  ])('a step %s', (_what, change) => {
    const { commit, blame } = aCourt()
    commit(change)
    expect(new Set(blame())).toEqual(new Set(['every step is one of the chart']))
  })

  it('an incident gets another cause', () => {
    const { commit, blame } = aCourt()
    commit({ record: aRecord('degraded', 1), transitions: pathTo('degraded') })
    const incident = { id: 'inc', startedAt: t0, cause: { at: t0, signal: 'admin.disable' } as const }
    commit({ record: aRecord('degraded', 2, { incident }) })
    expect(blame()).toEqual(['every step is one of the chart'])
  })

  it('successes of two days are counted in one', () => {
    const { judge, commit, blame } = aCourt()
    const two = { n: 2, firstAt: t0, lastAt: t0 + dayMs, status: 'internal' } as const
    commit({ folded: two })
    judge.chart.observing({ type: 'delivery.ok', at: t0, ...two })
    commit({ record: aRecord('degraded', 1), transitions: pathTo('degraded') })
    commit({ folded: { ...two, lastAt: t0 } })
    expect(blame()).toEqual(Array(3).fill('successes are folded within one bucket'))
  })

  it('but not what was counted for another policy before a restart', () => {
    const { judge, blame } = aCourt()
    const two = { n: 2, firstAt: t0, lastAt: t0 + dayMs, status: 'internal' } as const
    judge.recovered(recovered({ pending: [waiting], successesAfter: new Map([['bot', two]]) }))
    judge.chart.observing({ type: 'delivery.ok', at: t0, ...two })
    expect(blame()).toEqual([])
    const later = { ...two, firstAt: t0 + 1 }
    judge.recovered(recovered({ pending: [waiting], successesAfter: new Map([['bot', later]]) }))
    expect(blame()).toEqual(['successes are folded within one bucket'])
  })

  it('an end stands in no log', () => {
    const { settle, blame } = aCourt()
    settle('skipped', null)
    expect(blame()).toEqual(['each end is logged, and no sooner than told'])
  })

  it('something expires before its time', () => {
    const { commit, settle, blame, later } = aCourt()
    settle({ hold: 'disabled' })
    later(29 * dayMs)
    const entry = { deliveryId: 'dlv_1', became: 'expired', outcome: { code: 'LEDGER_AGED' } } as never
    commit({ settled: [{ id: 'dlv_1', next: 'expired' }], log: [entry] })
    expect(blame()).toEqual(['each end is logged, and no sooner than told'])
  })

  it('a disablement stands without its notice', () => {
    const { commit, blame } = aCourt()
    commit({ record: aRecord('broken.condemned', 1), transitions: pathTo('broken.condemned') })
    expect(blame()).toEqual(['each step is mailed once'])
  })

  it.each<[string, (court: ReturnType<typeof aCourt>) => void]>([
    ['is sent before it is durable', ({ judge }) => judge.sending(aMail('l'))],
    [
      'is sent to somebody else',
      ({ judge, commit }) => {
        commit({ letters: [aLetter('l')] })
        judge.sending(aMail('l', 'b@acme.dev'))
      },
    ],
    ['is called sent that no server took', ({ commit }) => commit({ letters: [aLetter('l', { status: 'sent' })] })],
    [
      'comes twice',
      ({ judge, commit }) => {
        commit({ letters: [aLetter('l')] })
        for (const _ of [1, 2]) judge.sent(aMail('l'), sent, true)
      },
    ],
    [
      'is sent again',
      ({ judge, commit }) => {
        commit({ letters: [aLetter('l')] })
        judge.sent(aMail('l'), sent, true)
        commit({ letters: [aLetter('l', { status: 'sent' })] })
        judge.died()
        judge.sending(aMail('l'))
      },
    ],
    ['has a double', ({ commit }) => commit({ letters: [aLetter('l'), aLetter('m')] })],
    ['has a notice with a double', ({ commit }) => commit({ notices: [aNotice('n'), aNotice('m')] })],
    [
      'has a notice that is lost over a restart',
      ({ judge, commit }) => {
        commit({ notices: [aNotice('n')] })
        judge.recovered(recovered({ pending: [waiting] }))
      },
    ],
  ])('a letter %s', (_what, act) => {
    const court = aCourt()
    act(court)
    expect(new Set(court.blame())).toEqual(new Set(['each step is mailed once']))
  })

  it('but a letter may come again after a crash, or when its server did not say that it came', () => {
    const { judge, commit, blame } = aCourt()
    commit({ letters: [aLetter('l')] })
    judge.sent(aMail('l'), { kind: 'failed', error: '', permanent: false }, true)
    judge.sent(aMail('l'), sent, true)
    judge.died()
    judge.sending(aMail('l'))
    judge.sent(aMail('l'), sent, true)
    expect(blame()).toEqual([])
  })

  it.each<[string, Partial<Recovered>]>([
    ['an older record', { records: [aRecord('healthy.steady', 1)] }],
    ['no record', {}],
    ['another record of the same number', { records: [aRecord('healthy.steady', 2, { at: 1 })] }],
    ['fewer successes', { records: [aRecord('healthy.steady', 2)] }],
    ['more successes', { records: [aRecord('healthy.steady', 2)], successesAfter: folded(9) }],
  ])('a restart finds %s', (_what, found) => {
    const { judge, commit, blame } = aCourt()
    commit({ record: aRecord('healthy.steady', 1) })
    commit({ record: aRecord('healthy.steady', 2) })
    commit({ folded: { n: 3, firstAt: t0, lastAt: t0, status: 'internal' } })
    judge.died()
    judge.recovered(recovered({ pending: [waiting], ...found }))
    expect(new Set(blame())).toEqual(new Set(['what is answered is durable']))
  })

  it('but not what was on its way when the engine went down', () => {
    const { judge, commit, blame } = aCourt()
    commit({ record: aRecord('healthy.steady', 1) })
    judge.changing({ at: t0, integrationId: 'bot', record: aRecord('healthy.steady', 2), settled: [{ id: 'dlv_1', next: 'skipped' }], log: [anEntry('skipped')] }) // prettier-ignore
    judge.died()
    judge.recovered(recovered({ records: [aRecord('healthy.steady', 2)] }))
    expect(blame()).toEqual([])
  })
})

function folded(n: number): Recovered['successesAfter'] {
  return new Map([['bot', { n, firstAt: t0, lastAt: t0, status: 'internal' }]])
}

function pathTo(state: ChartState): NonNullable<Change['transitions']> {
  const paths: Partial<Record<ChartState, readonly ChartState[]>> = {
    degraded: ['degraded'],
    'broken.holding': ['degraded', 'broken.holding'],
    'broken.probing': ['degraded', 'broken.holding', 'broken.probing'],
    'broken.condemned': ['broken.condemned'],
    disabled: ['broken.condemned', 'disabled'],
    paused: ['paused'],
  }
  return steps('healthy.steady', ...(paths[state] ?? []))
}
