import { inspect } from 'node:util'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { dashboard } from '../../src/dashboard.ts'
import { createHookward, memoryStore, type Hookward, type HookwardError, type StandardSchema } from '../../src/index.ts'
import { world } from '../../src/testing.ts'
import { startReceiver } from '../support/receiver.ts'
import { until } from '../support/world.ts'

/** An interface, which unlike a type alias has no index signature. */
interface Invoice {
  readonly id: string
  readonly lines: readonly { readonly amount: number }[]
}

interface Topics {
  'invoice.paid': Invoice
  'user.created': { readonly name: string }
}

const paid = { id: 'in_1', lines: [{ amount: 5 }] }
const libraries: Readonly<Record<string, StandardSchema<Invoice>>> = {
  zod: z.object({ id: z.string(), lines: z.array(z.object({ amount: z.number() })) }),
  valibot: v.object({ id: v.string(), lines: v.array(v.object({ amount: v.number() })) }),
  arktype: type({ id: 'string', lines: type({ amount: 'number' }).array() }),
}

describe('typed topics', () => {
  it('let the data of each topic be that of its type, and no other topic', async () => {
    const hookward = await createHookward<Topics>({ store: memoryStore() })
    onTestFinished(() => hookward.stop())
    const organization = 'acme'
    await hookward.emit({ topic: 'invoice.paid', organization, data: paid })
    await hookward.emit({ topic: 'user.created', organization, data: { name: 'Ada' } })
    // @ts-expect-error -- the data of another topic
    await hookward.emit({ topic: 'user.created', organization, data: paid })
    // @ts-expect-error -- no topic of the map
    await hookward.emit({ topic: 'invoice.sent', organization, data: paid })
  })

  it('are any topic with any data when none are named', async () => {
    const hookward: Hookward = await createHookward({ store: memoryStore() })
    onTestFinished(() => hookward.stop())
    expect(await hookward.emit({ topic: 'a.b', organization: 'acme', data: { any: [1] } })).toMatchObject({
      deliveries: 0,
    })
    // @ts-expect-error -- JSON holds no functions
    await expect(hookward.emit({ topic: 'a.b', organization: 'acme', data: { no: () => 1 } })).rejects.toThrow()
  })

  it('come from the schemas when those alone are given', async () => {
    const schemas = { 'invoice.paid': z.object({ id: z.string(), at: z.string().transform((at) => new Date(at)) }) }
    const hookward = await createHookward({ store: memoryStore(), schemas })
    onTestFinished(() => hookward.stop())
    await hookward.emit({ topic: 'invoice.paid', organization: 'acme', data: { id: 'in_1', at: '2026-01-01' } })
    const wrong = { topic: 'invoice.paid', organization: 'acme', data: { id: 1, at: '2026-01-01' } } as const
    // @ts-expect-error -- the schema asks for a text
    await expect(hookward.emit(wrong)).rejects.toMatchObject({ code: 'EVENT_MISMATCH' })
  })

  it('are what a test of the host expects of the engine of a world, too', async () => {
    const paying = (hookward: Hookward<Topics>) =>
      hookward.emit({ topic: 'invoice.paid', organization: 'acme', data: paid })
    const w = await world<Topics>()
    expect(await paying(w.hookward)).toMatchObject({ duplicate: false })
  })

  it('go to a dashboard like any other engine', async () => {
    const hookward = await createHookward<Topics>({ store: memoryStore() })
    onTestFinished(() => hookward.stop())
    expect(typeof dashboard(hookward)).toBe('function')
  })
})

describe.each(Object.entries(libraries))('a schema of %s', (_, schema) => {
  it('lets good data through, and refuses bad data by its place without quoting it', async () => {
    const { hookward, receiver } = await engineWith({ 'invoice.paid': schema })
    await emit(hookward, paid)
    await hookward.idle()
    expect(sentBy(receiver)).toEqual([paid])

    const refusal = await refused(hookward, { id: 'in_2', lines: [{ amount: 5 }, { amount: 'hush-hush' }] })
    expect(refusal.code).toBe('EVENT_MISMATCH')
    expect(refusal.fact).toBe('data.lines[1].amount of invoice.paid does not match its schema')
    expect(refusal.nextStep).toContain('error.issues')
    expect(refusal.issues).toEqual([{ path: 'lines[1].amount', message: expect.stringMatching(/number/) as string }])
    expect(inspect(refusal) + JSON.stringify(refusal)).not.toContain('hush-hush')
    expect(receiver.requests).toHaveLength(1)
  })
})

describe('schemas', () => {
  it('count the other places that do not match, and name the data itself when it is not one of them', async () => {
    const { hookward } = await engineWith({ 'invoice.paid': z.object({ id: z.string(), n: z.number() }) })
    const refusal = await refused(hookward, {})
    expect(refusal.fact).toBe('data.id and 1 more of invoice.paid does not match its schema')
    const whole = await engineWith({ 'invoice.paid': z.object({}).refine(() => false, 'never') })
    expect((await refused(whole.hookward, {})).fact).toBe('data of invoice.paid does not match its schema')
  })

  it('send what they make of the data: defaults filled in, and what they do not know left out', async () => {
    const schema = z.object({ id: z.string(), currency: z.string().default('EUR') })
    const { hookward, receiver } = await engineWith({ 'invoice.paid': schema })
    await emit(hookward, { id: 'in_1', internal: 'not for receivers' })
    await hookward.idle()
    expect(sentBy(receiver)).toEqual([{ id: 'in_1', currency: 'EUR' }])
  })

  it('may take their time, and events of other topics go on meanwhile', async () => {
    let answer = () => undefined as void
    const asked = new Promise<void>((resolve) => (answer = resolve))
    const slow = z.object({ id: z.string() }).refine(() => asked.then(() => true))
    const { hookward, receiver } = await engineWith({ 'invoice.paid': slow })
    const waiting = emit(hookward, { id: 'in_1' })
    await hookward.emit({ topic: 'invoice.sent', organization: 'acme', data: { id: 'in_0' } })
    await until(() => receiver.requests.length === 1)
    answer()
    expect(await waiting).toMatchObject({ deliveries: 1 })
    await hookward.idle()
    expect(sentBy(receiver)).toEqual([{ id: 'in_0' }, { id: 'in_1' }])
    await expect(emit(hookward, { id: 1 })).rejects.toMatchObject({ code: 'EVENT_MISMATCH' })
  })

  it('check the events of the two flows, too', async () => {
    const { hookward } = await engineWith({ 'comment.created': z.object({ project_slug: z.string() }) })
    const comment = { organization: 'acme', action: 'created', comment: { id: 1 } } as const
    const refusal = hookward.notifyComment(comment)
    await expect(refusal).rejects.toThrow('data.project_slug of comment.created does not match')
  })

  it('that throw, or answer with nothing of use, are told from data that is bad', async () => {
    const answering = (validate: () => unknown) => ({ '~standard': { version: 1, vendor: 'mine', validate } })
    const fail = () => {
      throw new Error('hush-hush')
    }
    for (const validate of [fail, () => Promise.reject(new Error('hush-hush')), () => null, () => ({ issues: 'no' })]) {
      const { hookward } = await engineWith({ 'invoice.paid': answering(validate) as never })
      const refusal = await refused(hookward, {})
      expect(refusal.code).toBe('SCHEMA_FAILED')
      expect(inspect(refusal)).not.toContain('hush-hush')
    }
    const { hookward } = await engineWith({ 'invoice.paid': answering(() => ({ value: 1 })) as never })
    expect((await refused(hookward, {})).message).toContain('must be an object')
  })

  it('are refused at construction where they are none, or for topics that nobody emits', async () => {
    const making = (schemas: unknown) => createHookward({ store: memoryStore(), schemas } as never)
    await expect(making({ 'invoice.paid': {} })).rejects.toThrow('schemas["invoice.paid"] must be a Standard Schema')
    await expect(making({ 'issue.exploded': z.object({}) })).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' })
    await expect(making({ 'installation.created': z.object({}) })).rejects.toMatchObject({ code: 'TOPIC_RESERVED' })
  })
})

/** An engine with these schemas, and a receiver that hears invoices. */
async function engineWith(schemas: Readonly<Record<string, StandardSchema>>) {
  const receiver = await startReceiver()
  onTestFinished(() => receiver.close())
  const options = { store: memoryStore(), schemas, network: { allow: ['127.0.0.0/8'] } } as const
  const hookward = await createHookward<Record<string, unknown>>(options)
  onTestFinished(() => hookward.stop({ graceMs: 0 }))
  const there = { slug: 'bot', organization: 'acme', url: receiver.url, secret: 'a secret that both know' }
  await hookward.integrations.put({ ...there, topics: ['invoice', 'comment'] })
  await hookward.installations.install({ integration: 'bot', organization: 'acme' }, { announce: false })
  return { hookward, receiver }
}

function emit(hookward: Hookward<Record<string, unknown>>, data: object) {
  return hookward.emit({ topic: 'invoice.paid', organization: 'acme', data })
}

async function refused(hookward: Hookward<Record<string, unknown>>, data: object): Promise<HookwardError> {
  return emit(hookward, data).then(
    () => expect.fail('nothing was refused'),
    (error: unknown) => error as HookwardError,
  )
}

function sentBy({ requests }: { readonly requests: readonly { readonly body: Buffer }[] }): readonly unknown[] {
  return requests.map(({ body }) => (JSON.parse(String(body)) as { data: unknown }).data)
}
