import { createActor, fromPromise } from 'xstate'
import { describe, expect, it } from 'vitest'
import { createIntegration, integration, notifier, webhook, type NotifierInput } from '../../src/machines/index.ts'
import type { Signal } from '../../src/domain/health.ts'
import { sentry, type Policy, type SentryParams } from '../../src/policy/index.ts'

const charts = { integration, webhook, notifier }

/** Every value inside a chart, with the path that leads to it. */
function walk(value: unknown, path = ''): readonly (readonly [string, unknown])[] {
  const inside = value !== null && typeof value === 'object' ? Object.entries(value) : []
  return [[path, value], ...inside.flatMap(([name, item]) => walk(item, `${path}/${name}`))]
}

/** The names a chart uses for guards or actions. */
function namesIn(config: unknown, keys: RegExp): Set<string> {
  const used = walk(config).filter(([path]) => keys.test(path))
  return new Set(
    used
      .flatMap(([, value]) => [value].flat())
      .map(nameOf)
      .filter((name) => name !== ''),
  )
}

function nameOf(reference: unknown): string {
  return typeof reference === 'string' ? reference : (reference as { type: string }).type
}

describe.each(Object.entries(charts))('the %s chart', (_, machine) => {
  it('names every guard, action and actor: no function stands in it but context and input', () => {
    const functions = walk(machine.config).filter(([, value]) => typeof value === 'function')
    expect(functions.filter(([path]) => !/^\/context$|\/invoke\/input$/.test(path))).toEqual([])
  })

  it('survives JSON, so that viewers and diffs see all of it', () => {
    const read = JSON.parse(JSON.stringify(machine.config)) as unknown
    expect(leavesOf(read).length).toBeGreaterThan(5)
    expect(leavesOf(read)).toEqual(leavesOf(machine.config))
  })

  it('implements each name it uses, and uses each that it implements', () => {
    const { guards, actions } = machine.implementations
    expect(namesIn(machine.config, /\/guard$/)).toEqual(new Set(Object.keys(guards)))
    expect(namesIn(machine.config, /\/(actions|entry|exit)(\/\d+)?$/)).toEqual(new Set(Object.keys(actions)))
  })
})

/** Names, targets and parameters: all that is neither a function nor a container. */
function leavesOf(config: unknown): readonly unknown[] {
  return walk(config).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
}

describe('the integration chart', () => {
  it('has neither invoke nor after: time arrives in signals', () => {
    expect(walk(integration.config).filter(([path]) => /\/(invoke|after)$/.test(path))).toEqual([])
  })

  it('tags every state with its public name', () => {
    const states = integration.config.states as unknown as Record<string, { tags: string }>
    for (const [name, { tags }] of Object.entries(states)) expect(tags).toBe(name)
  })

  it.each<readonly [string, SentryParams]>([
    ['by the documents', {}],
    [
      'with the largest numbers',
      {
        windowDays: 14,
        timeZone: 'America/Argentina/Buenos_Aires',
        retriesMs: Array.from({ length: 8 }, () => 2_592_000_000),
      },
    ],
  ])('keeps a context of JSON under 2 KiB %s', (_, params) => {
    const days = params.windowDays ?? 7
    const actor = createActor(createIntegration(sentry(params) as Policy), {
      input: { integrationId: 'a'.repeat(64), at: start },
    }).start()
    for (let day = 0; day < days; day++) {
      const at = start + day * 86_400_000
      actor.send({ ...delivered(at), n: 12_345_678 })
      for (let i = 0; i < 12; i++) actor.send(failed(at))
      actor.send({ ...failed(at), outcome: { kind: 'unreachable', status: 0, code: 'UND_ERR_CONNECT_TIMEOUT' } })
    }
    const { context } = actor.getSnapshot()
    expect(JSON.parse(JSON.stringify(context))).toEqual(context)
    expect(JSON.stringify(context).length).toBeLessThan(2_048)
    actor.stop()
  })

  it('cuts what people write to a bound', () => {
    const actor = createActor(integration, { input: { integrationId: 'acme-bot', at: start } }).start()
    actor.send({ type: 'admin.disable', at: start, by: 'ann', reason: 'x'.repeat(100_000) })
    const { context } = actor.getSnapshot()
    expect(JSON.stringify(context).length).toBeLessThan(2_048)
    expect(context.incident?.cause.reason).toBe(`${'x'.repeat(199)}…`)
    actor.stop()
  })

  it('leaves no child and no growing context after 10,000 deliveries', async () => {
    const provided = integration.provide({ actors: { notifier: quickNotifier() } })
    const actor = createActor(provided, { input: { integrationId: 'acme-bot', at: start } }).start()
    let most = 0
    for (let i = 0; i < 10_000; i++) {
      const at = start + i * 60_000
      actor.send(i % 3 === 0 ? failed(at) : delivered(at))
      if (i % 100 === 0) actor.send({ type: 'timer.due', timer: 'notices', at })
      if (i % 100 === 50) await Promise.resolve()
      most = Math.max(most, JSON.stringify(actor.getSnapshot().context).length)
    }
    await new Promise((resolve) => setImmediate(resolve))
    expect(actor.getSnapshot().children).toEqual({})
    expect(most).toBeLessThan(2_048)
    actor.stop()
  })
})

const start = 1_700_000_000_000

function delivered(at: number): Extract<Signal, { type: 'delivery.ok' }> {
  return { type: 'delivery.ok', n: 1, firstAt: at, lastAt: at, at, status: 'internal' }
}

function failed(at: number): Extract<Signal, { type: 'delivery.failed' }> {
  const outcome = { kind: 'rejected', status: 404, code: 'HTTP_404' } as const
  const deliveryId = `dlv_${'0'.repeat(32)}`
  const topic = 'event_alert_of_mine.triggered'
  return {
    type: 'delivery.failed',
    at,
    status: 'internal',
    topic,
    deliveryId,
    outcome,
    acceptedAt: at,
    attempt: 1,
    final: true,
  }
}

function quickNotifier() {
  const step = fromPromise((_run: { input: NotifierInput }): Promise<void> => Promise.resolve())
  return notifier.provide({ actors: { expandNotices: step, sendLetters: step } })
}
