import { expect, it } from 'vitest'
import { logLines } from '../../src/adapters/telemetry/log-events.ts'
import {
  HookwardError,
  type AnyEvent,
  type Explanation,
  type Hookward,
  type Logger,
  type LogFields,
} from '../../src/index.ts'
import { logEvents } from '../../src/telemetry.ts'
import { streak } from '../support/streak-policy.ts'
import { startWorld } from '../support/world.ts'

it('writes a line for each event, under the id of the delivery, with neither a secret nor an address', async () => {
  const world = await startWorld({ policy: streak() })
  const { lines, logger } = aLogger()
  logEvents(world.hookward, logger)
  await world.register({
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    url: `${world.receiver.url}/a-planted-path`,
    headers: { 'x-token': 'a-planted-token' },
  })
  await world.comment('a-planted-comment')
  world.receiver.answer(404)
  for (let n = 0; n < 2; n += 1) await world.comment()
  await world.hookward.integrations.disable('bot', { reason: 'it is being moved' })
  await world.hookward.idle()
  const told = world.events.map(({ type }) => type)
  expect(lines.map(({ fields }) => fields.event)).toEqual(told)
  expect(new Set(told)).toEqual(
    new Set(['delivered', 'delivery.failed', 'degraded', 'broken', 'disabled', 'notice.sent']),
  )
  const ids = world.receiver.requests.map(({ headers }) => headers['webhook-id'])
  const delivery = { integration: 'bot', topic: 'comment.created', attempt: 1 }
  expect(lines[0]).toMatchObject({
    level: 'info',
    fields: { ...delivery, delivery: ids[0], outcome: 'ok', status: 200, code: 'HTTP_200' },
    fact: 'delivered',
  })
  expect(lines.find(({ fields }) => fields.event === 'delivery.failed')).toMatchObject({
    fields: { ...delivery, delivery: ids[1], outcome: 'rejected', status: 404, code: 'HTTP_404' },
  })
  const broken = lines.find(({ fields }) => fields.event === 'broken')
  expect(broken).toMatchObject({
    level: 'error',
    fields: { integration: 'bot', rule: 'streak-broken', delivery: ids[1] },
  })
  expect(JSON.stringify(lines)).not.toMatch(/planted|ada@acme\.example|127\.0\.0\.1/)
})

it.each(Object.keys(logLines) as (keyof typeof logLines)[])('has flat fields for %s', (name) => {
  const { lines, logger } = aLogger()
  const listeners = new Map<string, (event: object) => void>()
  logEvents(
    { on: (type, listener) => (listeners.set(type, listener as (event: object) => void), () => undefined) },
    logger,
  )
  listeners.get(name)?.(examples[name])
  expect(lines).toHaveLength(1)
  for (const value of Object.values(lines[0]?.fields ?? {})) expect(['string', 'number']).toContain(typeof value)
})

it('writes no more once it is left', async () => {
  const world = await startWorld()
  const { lines, logger } = aLogger()
  const leave = logEvents(world.hookward, logger)
  await world.register()
  leave()
  await world.comment()
  expect(lines).toEqual([])
})

it('refuses what is no engine, and what is no logger', async () => {
  const { hookward } = await startWorld()
  expect(() => logEvents({} as Hookward, console)).toThrow('the engine has no method on')
  expect(() => logEvents(hookward, { info: () => undefined } as unknown as Logger)).toThrow(
    'the logger has no method warn',
  )
})

const about = { integration: 'bot', at: 0 }
const delivery = {
  ...{ id: 'dlv_1', eventId: 'evt_1', integrationId: 'bot', installationId: 'i', topic: 'a.b' },
  ...{ organization: 'acme', acceptedAt: 0 },
}
const attempt = {
  ...{ ...about, delivery, attempt: 1, durationMs: 5 },
  outcome: { kind: 'server', status: 500, code: 'HTTP_500' },
} as const
const explanation: Explanation = {
  integration: 'bot',
  state: 'broken',
  chartState: 'broken.holding',
  since: 0,
  policy: { name: 'p', version: 1 },
  evidence: { rule: 'r', summary: 's', facts: {} },
  incident: null,
  wouldChange: 'one success',
  ...{ whyNot: [], held: {}, dead: {}, sentence: '' },
}
const judged = { ...about, explanation }
const letter = { ...about, noticeId: 'ntc_1', channel: 'mail', to: 'ada@acme.example', tries: 1 }
const outage = { at: 5, sign: 'silence', hosts: 9, alive: 9 } as const
const examples: { readonly [Name in AnyEvent['type']]: Omit<Extract<AnyEvent, { type: Name }>, 'type'> } = {
  delivered: attempt,
  'delivery.failed': attempt,
  'delivery.dead': attempt,
  'delivery.expired': { ...about, delivery, code: 'LEDGER_AGED' },
  'ledger.filling': { ...about, bytes: 8, bytesMax: 10 },
  degraded: judged,
  broken: judged,
  disabled: judged,
  recovered: judged,
  quarantined: judged,
  'notice.sent': letter,
  'notice.delayed': { ...letter, dueAt: 60_000, error: 'come again' },
  'notice.failed': { ...about, noticeId: 'ntc_1', error: 'no owner' },
  frozen: outage,
  thawed: { ...outage, frozenAt: 0 },
  shadow: { ...judged, live: 'healthy', shadow: 'broken' },
  holding: { at: 0 },
  'spool.refused': { at: 0, file: 'a.jsonl', fact: 'is cut short' },
  'store.failed': { at: 0, error: new HookwardError('STORE_FAILED', 'the disk is full') },
}

function aLogger() {
  const lines: { readonly level: string; readonly fields: LogFields; readonly fact: string }[] = []
  const line = (level: string) => (fields: LogFields, fact: string) => void lines.push({ level, fields, fact })
  return { lines, logger: { info: line('info'), warn: line('warn'), error: line('error') } }
}
