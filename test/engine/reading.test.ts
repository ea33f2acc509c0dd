import { describe, expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { aboutHealth, aComment, oneDayMs, startWorld } from '../support/world.ts'
import { aWire } from './wire.ts'

const policy = sentry({ windowDays: 1, retriesMs: [] })

describe('the log', () => {
  it('shows newest first, by topic, errors, organisation, time and limit', async () => {
    const { hookward, receiver, clock, register, comment } = await startWorld()
    await register({ topics: ['comment', 'invoice'] })
    await hookward.installations.install({ integration: 'bot', organization: 'other' }, { announce: false })
    const start = clock.now()
    await comment()
    clock.advanceBy(1_000)
    receiver.answer(500)
    await hookward.emit({
      topic: 'invoice.paid',
      organization: 'other',
      data: {},
      subject: { type: 'invoice', id: '42' },
    })
    await hookward.idle()
    const topics = async (options: object) => (await hookward.log('bot', options)).map(({ topic }) => topic)
    expect(await topics({})).toEqual(['invoice.paid', 'comment.created'])
    expect(await topics({ topic: 'comment.created' })).toEqual(['comment.created'])
    expect(await topics({ errorsOnly: true })).toEqual(['invoice.paid'])
    expect(await topics({ organization: 'other' })).toEqual(['invoice.paid'])
    expect(await topics({ from: start + 1 })).toEqual(['invoice.paid'])
    expect(await topics({ to: new Date(start) })).toEqual(['comment.created'])
    expect(await topics({ limit: 1 })).toEqual(['invoice.paid'])
    expect(await topics({ from: start + 2_000 })).toEqual([])
  })

  it('tells everything of a failed attempt', async () => {
    const { hookward, receiver, clock, register } = await startWorld()
    await register({ topics: ['invoice'] })
    const headers = { 'sentry-hook-error': 'e1', 'sentry-hook-project': '9' }
    receiver.answer({ status: 404, body: 'nobody here', headers })
    const { eventId } = await hookward.emit({
      topic: 'invoice.paid',
      organization: 'acme',
      data: { a: 1 },
      subject: { type: 'invoice', id: '42' },
    })
    await hookward.idle()
    const [entry] = await hookward.log('bot')
    expect(entry).toMatchObject({
      ...{ at: clock.now(), integrationId: 'bot', eventId, topic: 'invoice.paid', organization: 'acme', attempt: 1 },
      ...{ outcome: { kind: 'rejected', status: 404, code: 'HTTP_404' }, responseCode: 404, became: 'dead' },
      ...{ webhookUrl: `${receiver.url}/hook`, subject: { type: 'invoice', id: '42' }, errorId: 'e1', projectId: '9' },
      responseBody: 'nobody here',
    })
    expect(entry?.requestId).toBe(receiver.requests[0]?.headers['request-id'])
    expect(entry?.requestBody).toBe(receiver.requests[0]?.body.toString())
    expect(entry?.requestHeaders).toMatchObject({ 'Sentry-Hook-Resource': 'invoice' })
  })

  it('tells of every attempt how far it came, and how long each phase took', async () => {
    const { hookward, receiver, register, comment } = await startWorld()
    await register()
    await comment()
    await receiver.close()
    await comment()
    const [refused, answered] = await hookward.log('bot')
    expect([refused?.phase, answered?.phase]).toEqual(['connect', 'body'])
    for (const entry of [refused, answered]) {
      expect(Object.keys(entry?.phasesMs ?? {})).toEqual(['dns', 'connect', 'tls', 'send', 'head', 'body'])
      expect(Math.min(...Object.values(entry?.phasesMs ?? { none: -1 }))).toBeGreaterThanOrEqual(0)
    }
  })

  it('tells of no phases where the transport does not', async () => {
    const transport = aWire()
    const { hookward, register, comment } = await startWorld({ transport })
    await register()
    transport.answer(200)
    await comment()
    const [entry] = await hookward.log('bot')
    expect(entry).toMatchObject({ durationMs: 1, phase: 'body' })
    expect(entry).not.toHaveProperty('phasesMs')
  })

  it('takes nothing else into its phases, whatever a transport says', async () => {
    const wire = aWire()
    wire.answer(200)
    const phasesMs = { dns: 1, connect: 2, tls: 3, send: 4, head: 5, body: 6 }
    const attempt: typeof wire.attempt = async (request) => ({
      ...(await wire.attempt(request)),
      phasesMs: { ...phasesMs, more: 'x'.repeat(10_000) },
    })
    const { hookward, register, comment } = await startWorld({ transport: { ...wire, attempt } })
    await register()
    await comment()
    expect((await hookward.log('bot'))[0]?.phasesMs).toEqual(phasesMs)
  })

  it('keeps no headers and no bodies of what arrived', async () => {
    const { hookward, register, comment } = await startWorld()
    await register()
    await comment()
    const [entry] = await hookward.log('bot')
    for (const part of ['requestHeaders', 'requestBody', 'responseBody']) expect(entry).not.toHaveProperty(part)
  })

  it('cuts bodies at 1,024 characters, and takes an error id only beside a project in digits', async () => {
    const { hookward, receiver, register, comment } = await startWorld()
    await register()
    const headers = { 'sentry-hook-error': 'e1', 'sentry-hook-project': 'web' }
    receiver.answer({ status: 500, body: 'y'.repeat(2_000), headers })
    await comment('x'.repeat(2_000))
    const [entry] = await hookward.log('bot')
    expect([entry?.requestBody?.length, entry?.responseBody?.length]).toEqual([1_024, 1_024])
    expect(entry).not.toHaveProperty('errorId')
  })

  it.each<[string, unknown, string]>([
    ['an unknown field', { since: 0 }, 'LOG_QUERY_INVALID'],
    ['a limit of none', { limit: 0 }, 'LOG_QUERY_INVALID'],
    ['a limit over 100', { limit: 101 }, 'LOG_QUERY_INVALID'],
    ['from after to', { from: 2, to: 1 }, 'LOG_QUERY_INVALID'],
    ['a malformed topic', { topic: 'x' }, 'LOG_QUERY_INVALID'],
    ['an unknown topic', { topic: 'issue.exploded' }, 'TOPIC_UNKNOWN'],
    ['null', null, 'LOG_QUERY_INVALID'],
  ])('refuses %s', async (_, options, code) => {
    const { hookward, register } = await startWorld()
    await register()
    await expect(hookward.log('bot', options as never)).rejects.toMatchObject({ code })
  })
})

describe('the books', () => {
  it('name who did what and why', async () => {
    const { hookward, register } = await startWorld({ policy })
    await register()
    await hookward.integrations.disable('bot', { by: 'ada', reason: 'noisy' })
    await hookward.integrations.enable('bot', { by: 'grace', reason: 'fixed' })
    await hookward.integrations.pause('bot')
    await hookward.integrations.resume('bot', { by: 'ada' })
    expect(aboutHealth(await hookward.audit('bot')).map(({ by, action, reason }) => [by, action, reason])).toEqual([
      ['ada', 'integration.resumed', 'no reason given'],
      ['operator', 'integration.paused', 'no reason given'],
      ['grace', 'integration.enabled', 'fixed'],
      ['ada', 'integration.disabled', 'noisy'],
    ])
  })

  it('write nothing of a call that changed nothing', async () => {
    const { hookward, register } = await startWorld({ policy })
    await register()
    expect(await hookward.integrations.enable('bot')).toMatchObject({ state: 'healthy' })
    expect(await hookward.integrations.resume('bot')).toMatchObject({ state: 'healthy' })
    await hookward.integrations.disable('bot')
    await hookward.integrations.disable('bot')
    expect(aboutHealth(await hookward.audit('bot'))).toHaveLength(1)
    expect(await hookward.notices('bot')).toHaveLength(1)
  })

  it('show every state the chart went through, and under which incident', async () => {
    const { hookward, receiver, register, comment } = await startWorld({ policy })
    await register()
    receiver.answer(404)
    await comment()
    await hookward.integrations.enable('bot')
    const transitions = await hookward.transitions('bot')
    expect(transitions.map(({ to }) => to)).toEqual([
      ...['healthy.steady', 'healthy.probation', 'disabled', 'broken.condemned', 'broken.holding', 'degraded'],
    ])
    expect(new Set(transitions.map(({ incidentId }) => incidentId)).size).toBe(1)
  })

  it.each(['log', 'audit', 'transitions', 'notices', 'explain'] as const)('refuse %s of nobody', async (what) => {
    const { hookward } = await startWorld()
    await expect(hookward[what]('nobody')).rejects.toMatchObject({ code: 'INTEGRATION_UNKNOWN' })
    await expect(hookward[what]('No Slug')).rejects.toMatchObject({ code: 'SLUG_INVALID' })
  })

  it.each<[string, object]>([
    ['an empty by', { by: '' }],
    ['a reason that is too long', { reason: 'x'.repeat(501) }],
    ['an unknown option', { because: 'x' }],
    ['an unknown replay', { replay: 'all' }],
  ])('refuse %s', async (_, options) => {
    const { hookward, register } = await startWorld()
    await register()
    await expect(hookward.integrations.enable('bot', options)).rejects.toMatchObject({ code: 'INTEGRATION_INVALID' })
  })
})

describe('explain', () => {
  it('tells the rule, its numbers, the first cause and what comes next', async () => {
    const { hookward, receiver, clock, register, comment } = await startWorld()
    await register()
    receiver.answer(404)
    await comment()
    const explained = await hookward.explain('bot')
    expect(explained).toMatchObject({
      ...{ integration: 'bot', state: 'degraded', since: clock.now(), policy: { name: 'sentry', version: 1 } },
      evidence: { rule: 'failing-days', facts: { windowDays: 2, failingDays: 1 } },
      incident: { startedAt: clock.now(), cause: { topic: 'comment.created', outcome: { code: 'HTTP_404' } } },
      next: { to: 'healthy' },
    })
    clock.advanceTo(explained.next?.at ?? 0)
    await hookward.idle()
    expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', incident: null })
  })

  it('is the same value that listeners and owners get', async () => {
    const { hookward, receiver, events, register, comment } = await startWorld({ policy })
    await register()
    receiver.answer(404)
    await comment()
    const explained = await hookward.explain('bot')
    expect(events.find(({ type }) => type === 'disabled')).toMatchObject({ explanation: explained })
    expect((await hookward.notices('bot'))[0]?.notice.explanation).toEqual(explained)
  })

  it('recovers by itself a day later, even when the engine was down at that time', async () => {
    const { hookward, receiver, clock, again, register, comment } = await startWorld()
    await register()
    receiver.answer(404)
    await comment()
    await hookward.stop()
    clock.advanceBy(3 * oneDayMs)
    const next = await again()
    await next.idle()
    expect(await next.explain('bot')).toMatchObject({ state: 'healthy' })
    await next.notifyComment(aComment())
    await next.idle()
  })
})
