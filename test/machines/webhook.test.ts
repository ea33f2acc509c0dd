import { createActor } from 'xstate'
import { describe, expect, it } from 'vitest'
import type { Attempt } from '../../src/domain/delivery.ts'
import { webhook, type Started } from '../../src/machines/index.ts'
import { aJob } from './jobs.ts'

const bounds = { laneInFlightMax: 2, originInFlightMax: 16, inFlightMax: 512, slowInFlightMax: 256, slowAfterMs: 1_000 }

/** A webhook actor that writes down what it starts and reports. */
function aWebhook() {
  const started: Started[] = []
  const reported: string[] = []
  const provided = webhook.provide({
    actions: {
      startAttempts: ({ context }) => {
        for (let next = context.lanes.take(0); next !== undefined; next = context.lanes.take(0)) started.push(next)
      },
      reportOutcomes: ({ event }) => {
        if (event.type === 'attempts.ended') reported.push(...event.ended.map(({ started: one }) => one.delivery.id))
      },
    },
  })
  const actor = createActor(provided, { input: bounds }).start()
  const end = (index: number) => {
    const one = started[index]
    if (one !== undefined) actor.send({ type: 'attempts.ended', ended: [{ started: one, attempt: anAttempt }] })
  }
  return { actor, started, reported, end, ids: () => started.map(({ delivery }) => delivery.id) }
}

const anAttempt: Attempt = {
  requestId: '0'.repeat(32),
  url: 'https://acme.dev/hook',
  headers: {},
  body: new Uint8Array(),
  at: 1,
  outcome: {
    kind: 'ok',
    status: 200,
    code: 'HTTP_200',
    phase: 'body',
    durationMs: 1,
    body: '',
    bodyBytes: 0,
    truncated: false,
    headers: {},
  },
}

describe('the webhook actor', () => {
  it('starts what is due, up to the width of the lane, and the next when one has ended', () => {
    const { actor, end, ids, reported } = aWebhook()
    for (const id of ['d1', 'd2', 'd3']) actor.send({ type: 'deliveries.due', jobs: [aJob(id)] })
    expect(ids()).toEqual(['d1', 'd2'])
    end(0)
    expect(ids()).toEqual(['d1', 'd2', 'd3'])
    expect(reported).toEqual(['d1'])
  })

  it('starts nothing behind a closed gate, and drops what waited there', () => {
    const { actor, ids } = aWebhook()
    for (const id of ['d1', 'd2', 'd3']) actor.send({ type: 'deliveries.due', jobs: [aJob(id)] })
    actor.send({ type: 'lane.set', integrationId: 'acme-bot', gate: 'closed', epoch: 1 })
    actor.send({ type: 'lane.set', integrationId: 'acme-bot', gate: 'open', epoch: 2 })
    expect(ids()).toEqual(['d1', 'd2'])
  })

  it('tells each attempt the epoch of its lane and whether it is a probe', () => {
    const { actor, started } = aWebhook()
    actor.send({ type: 'deliveries.due', jobs: [aJob('d1')] })
    actor.send({ type: 'lane.set', integrationId: 'acme-bot', gate: 'probe', epoch: 5 })
    actor.send({ type: 'attempts.ended', ended: [{ started: started[0] as Started, attempt: anAttempt }] })
    actor.send({ type: 'deliveries.due', jobs: [aJob('d2')] })
    expect(started.map(({ epoch, isProbe }) => [epoch, isProbe])).toEqual([
      [0, false],
      [5, true],
    ])
  })

  it('lets a lane rest without closing it', () => {
    const { actor, ids } = aWebhook()
    actor.send({ type: 'lane.rest', integrationId: 'acme-bot', resting: true })
    actor.send({ type: 'deliveries.due', jobs: [aJob('d1')] })
    expect(ids()).toEqual([])
    actor.send({ type: 'lane.rest', integrationId: 'acme-bot', resting: false })
    expect(ids()).toEqual(['d1'])
  })

  it('drains: starts nothing more, reports what is under way, and then stops', () => {
    const { actor, end, ids, reported } = aWebhook()
    for (const id of ['d1', 'd2', 'd3']) actor.send({ type: 'deliveries.due', jobs: [aJob(id)] })
    actor.send({ type: 'webhook.drain' })
    actor.send({ type: 'deliveries.due', jobs: [aJob('d4')] })
    end(1)
    expect(actor.getSnapshot().value).toBe('draining')
    end(0)
    expect(actor.getSnapshot().status).toBe('done')
    expect(ids()).toEqual(['d1', 'd2'])
    expect(reported).toEqual(['d2', 'd1'])
  })

  it('stops at once when nothing is under way', () => {
    const { actor } = aWebhook()
    actor.send({ type: 'webhook.drain' })
    expect(actor.getSnapshot().value).toBe('stopped')
  })

  it('fails loudly when the engine has not filled it', () => {
    const actor = createActor(webhook, { input: bounds })
    const errors: unknown[] = []
    actor.subscribe({ error: (error) => errors.push(error) })
    actor.start().send({ type: 'deliveries.due', jobs: [aJob('d1')] })
    expect(String(errors[0])).toBe('Error: startAttempts is not provided')
  })
})
