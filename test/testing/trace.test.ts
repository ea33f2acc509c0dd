import { describe, expect, it } from 'vitest'
import { formatTrace, parseTrace, traces, type Trace } from '../../src/testing.ts'

const head = '{"trace":"mine","from":"2024-06-03T00:00:00Z","until":1717459200000}'

describe('the lines of a trace', () => {
  it('are read in any order, with moments as texts or numbers', () => {
    const text = `${head}

{"integration":"bot","at":1717380000000,"answers":{"status":200}}
{"integration":"bot","at":"2024-06-03T01:00:00Z","answers":{"code":"ECONNREFUSED","afterMs":20},"share":0.5}
{"integration":"bot","at":1717376500000,"event":"invoice.paid"}
{"integration":"bot","at":1717372900000,"event":"invoice.paid","poison":{"status":400}}
{"integration":"gone","status":"published","host":"acme.dev"}
{"integration":"gone","at":1717372900000,"dead":true}
`
    expect(parseTrace(text)).toEqual({
      name: 'mine',
      from: 1_717_372_800_000,
      until: 1_717_459_200_000,
      integrations: [
        {
          integration: 'bot',
          events: [
            { at: 1_717_372_900_000, topic: 'invoice.paid', poison: { status: 400 } },
            { at: 1_717_376_500_000, topic: 'invoice.paid' },
          ],
          spells: [
            { at: 1_717_376_400_000, answer: { code: 'ECONNREFUSED', afterMs: 20 }, share: 0.5 },
            { at: 1_717_380_000_000, answer: { status: 200 } },
          ],
        },
        {
          integration: 'gone',
          events: [],
          spells: [],
          status: 'published',
          host: 'acme.dev',
          deadAt: 1_717_372_900_000,
        },
      ],
    })
  })

  it.each(Object.entries(traces))('give the trace %s back as it was', (_, make) => {
    const trace = make(4)
    const named = trace.integrations.map((one) => ({
      ...one,
      events: one.events.map((event) => ({ topic: 'trace.event', ...event })),
    }))
    expect(parseTrace(formatTrace(trace))).toEqual({ ...trace, integrations: named })
  })

  it.each([
    ['nothing', '', 'line 1'],
    ['a head without its end', '{"trace":"x","from":1}', 'line 1: until'],
    ['an end before the beginning', '{"trace":"x","from":2,"until":1}', 'line 1 must end after'],
    ['a line that is no JSON', `${head}\n{`, 'line 2 must be a JSON object'],
    ['a line of nobody', `${head}\n{"at":1,"dead":true}`, 'line 2: integration'],
    ['a field nobody knows', `${head}\n{"integration":"a","when":1}`, 'when'],
    ['a moment that is none', `${head}\n{"integration":"a","at":"noon","dead":true}`, 'line 2: at must be a moment'],
    [
      'two things in one line',
      `${head}\n{"integration":"a","at":1,"dead":true,"event":"a.b"}`,
      'one of event, answers',
    ],
    ['a share above 1', `${head}\n{"integration":"a","at":1,"answers":{},"share":2}`, 'line 2: share'],
    ['a status that is none', `${head}\n{"integration":"a","at":1,"answers":{"status":7}}`, 'line 2: answers.status'],
    ['a status of an integration that is none', `${head}\n{"integration":"a","status":"new"}`, 'line 2: status'],
  ])('are refused with the line: %s', (_, text, part) => {
    expect(() => parseTrace(text)).toThrow(expect.objectContaining({ code: 'TRACE_INVALID' }) as Error)
    expect(() => parseTrace(text)).toThrow(part)
  })
})

describe('the traces that are made', () => {
  it.each(Object.entries(traces))('%s is the same for the same seed, and another for another', (name, make) => {
    const trace = make(2)
    expect(make(2)).toEqual(trace)
    expect(make(3)).not.toEqual(trace)
    expect(trace.name).toBe(name)
  })

  it.each(Object.entries(traces))('%s has its events and spells in order and within its time', (_, make) => {
    const { from, until, integrations } = make(2)
    for (const { events, spells } of integrations) {
      const times = events.map(({ at }) => at)
      expect(times).toEqual([...times].sort((a, b) => a - b))
      expect(spells.map(({ at }) => at)).toEqual(spells.map(({ at }) => at).sort((a, b) => a - b))
      expect(times.length).toBeGreaterThan(0)
      expect(times.every((at) => at >= from && at < until)).toBe(true)
    }
  })

  it('say of each receiver that is gone for good since when', () => {
    const dead = (trace: Trace) => trace.integrations.filter(({ deadAt }) => deadAt !== undefined).length
    expect(Object.values(traces).map((make) => [make(1).name, dead(make(1))])).toEqual([
      ['steady', 0],
      ['burst', 0],
      ['weekdayOnly', 1],
      ['oneAWeek', 1],
      ['flapping', 0],
      ['deployWindow', 0],
      ['ownOutage', 0],
      ['poisonPayload', 0],
      ['slow', 0],
      ['throttled', 1],
      ['oneDeadOfMany', 1],
    ])
  })
})
