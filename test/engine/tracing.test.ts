import { expect, it, onTestFinished } from 'vitest'
import { createHookward, type Delivery, type TraceContext, type TracedAttempt, type Tracing } from '../../src/index.ts'
import { startReceiver } from '../support/receiver.ts'
import { streak } from '../support/streak-policy.ts'
import { aFolder, startWorld, until } from '../support/world.ts'

it('asks who emits, and before each attempt: with its number, its URL and what was kept', async () => {
  const { hookward, receiver, clock, register, comment } = await startWorld({ policy: streak() })
  await register()
  receiver.answer(500, 200)
  const { begun, ended } = recording(hookward)
  await comment()
  clock.advanceBy(1_000)
  await hookward.idle()
  const url = `${receiver.url}/hook`
  const at = clock.now()
  expect(begun.map(({ facts }) => facts)).toEqual([
    { attempt: 1, url, at: at - 1_000 },
    { attempt: 2, url, at },
  ])
  expect(begun.map(({ delivery }) => delivery.trace)).toEqual([emittedIn, emittedIn])
  expect(ended).toEqual(['server', 'ok'])
  expect(receiver.requests.map(({ headers }) => headers.traceparent)).toEqual([traced(1), traced(2)])
})

it('carries what a standby emits through the spool', async () => {
  const [dir, receiver] = [await aFolder(), await startReceiver()]
  onTestFinished(() => receiver.close())
  const start = async () => {
    const hookward = await createHookward({ dir, standby: true, network: { allow: ['127.0.0.0/8'] } })
    onTestFinished(() => hookward.stop({ graceMs: 0 }))
    return hookward
  }
  const [holder, second] = [await start(), await start()]
  const there = { slug: 'bot', organization: 'acme', url: receiver.url, secret: 'a secret that both know' }
  await holder.integrations.put({ ...there, topics: ['invoice'] })
  await holder.installations.install({ integration: 'bot', organization: 'acme' }, { announce: false })
  const { begun } = recording(holder)
  recording(second)
  await second.emit({ topic: 'invoice.paid', organization: 'acme', data: {} })
  await receiver.received(1)
  expect(begun.map(({ delivery }) => delivery.trace)).toEqual([emittedIn])
  await holder.stop()
  await until(() => !second.isStandby())
  await second.emit({ topic: 'invoice.paid', organization: 'acme', data: {} })
  await receiver.received(2)
  // What was asked for while it stood by goes on when it has an engine.
  expect(receiver.requests[1]?.headers.traceparent).toBe(traced(1))
})

it.each<[string, Partial<Tracing>]>([
  ['current throws', { current: () => thrown() }],
  ['begin throws', { begin: () => thrown() }],
  ['run throws', { begin: () => ({ ...silentAttempt, run: () => thrown() }) }],
  [
    'run throws when the exchange is under way',
    {
      begin: () => ({
        ...silentAttempt,
        run: (exchange) => {
          exchange()
          return thrown()
        },
      }),
    },
  ],
  ['ended throws', { begin: () => ({ ...silentAttempt, ended: () => thrown() }) }],
])('sends once all the same where %s', async (_, part) => {
  const facts: string[] = []
  const line = (__: object, fact: string) => void facts.push(fact)
  const { hookward, receiver, register, comment } = await startWorld({
    logger: { info: line, warn: line, error: line },
  })
  await register()
  hookward.trace({ current: () => undefined, begin: () => silentAttempt, ...part })
  await comment()
  expect(receiver.requests).toHaveLength(1)
  expect(facts).toContain('tracing threw')
})

it.each([
  { traceparent: '00-ab-cd-01' },
  { traceparent: `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01` },
  { traceparent: `${traced(1)}\r\nx-more: 1` },
  { traceparent: 7 },
  {},
])('sends and keeps nothing of %j, which no trace has', async (junk) => {
  const { hookward, receiver, register, comment } = await startWorld()
  await register()
  const kept: unknown[] = []
  hookward.on('delivered', ({ delivery }) => kept.push(delivery.trace))
  const sends = junk as TraceContext
  hookward.trace({ current: () => sends, begin: () => ({ ...silentAttempt, sends }) })
  await comment()
  expect(receiver.requests[0]?.headers).not.toHaveProperty('traceparent')
  expect(kept).toEqual([undefined])
})

it('leaves out a tracestate that no header can carry, and asks nobody who has left', async () => {
  const { hookward, receiver, register, comment } = await startWorld()
  await register()
  const sends = { traceparent: traced(7), tracestate: 'a=1\nb: 2' }
  const leave = hookward.trace({ current: () => undefined, begin: () => ({ ...silentAttempt, sends }) })
  await comment()
  leave()
  await comment()
  const [first, second] = receiver.requests
  expect([first?.headers.traceparent, first?.headers.tracestate]).toEqual([traced(7), undefined])
  expect(second?.headers).not.toHaveProperty('traceparent')
  expect(() => hookward.trace({ begin: () => silentAttempt } as unknown as Tracing)).toThrow('has no method current')
})

const emittedIn: TraceContext = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=1' }

const silentAttempt: TracedAttempt = { run: (exchange) => exchange(), ended: () => undefined }

function traced(n: number): string {
  return `00-${'a'.repeat(32)}-${String(n).padStart(16, '0')}-01`
}

/** Numbers the attempts, in the place of spans. */
function recording(hookward: { trace(tracing: Tracing): unknown }) {
  const begun: { readonly delivery: Delivery; readonly facts: object }[] = []
  const ended: string[] = []
  hookward.trace({
    current: () => emittedIn,
    begin: (delivery, facts) => {
      begun.push({ delivery, facts })
      const sends = { traceparent: traced(begun.length) }
      return { ...silentAttempt, sends, ended: ({ kind }) => ended.push(kind) }
    },
  })
  return { begun, ended }
}

function thrown(): never {
  throw new Error('a defect of the host')
}
