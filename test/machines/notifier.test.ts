import { setImmediate as turn } from 'node:timers/promises'
import { createActor, fromPromise, toPromise } from 'xstate'
import { describe, expect, it } from 'vitest'
import { notifier, type NotifierInput } from '../../src/machines/index.ts'

interface Run {
  readonly input: NotifierInput
}
type Work = () => Promise<void>

/** A notifier that writes down what it does; each step can be made to do more. */
function aNotifier({ expand = turn, send = turn }: { readonly expand?: Work; readonly send?: Work } = {}) {
  const done: string[] = []
  const step = (name: string, work: Work) =>
    fromPromise(async ({ input }: Run): Promise<void> => {
      done.push(`${name} ${input.integrationId}`)
      await work()
    })
  const actors = { expandNotices: step('expand', expand), sendLetters: step('send', send) }
  const actor = createActor(notifier.provide({ actors }), { input: { integrationId: 'acme-bot' } })
  return { actor, done }
}

const fails: Work = () => Promise.reject(new Error('the store is closed'))

describe('the notifier', () => {
  it('expands the notices, sends the letters and ends', async () => {
    const { actor, done } = aNotifier()
    await toPromise(actor.start())
    expect(done).toEqual(['expand acme-bot', 'send acme-bot'])
  })

  it('ends when expanding fails, and sends nothing', async () => {
    const { actor, done } = aNotifier({ expand: fails })
    await toPromise(actor.start())
    expect(done).toEqual(['expand acme-bot'])
  })

  it('ends when sending fails', async () => {
    const { actor, done } = aNotifier({ send: fails })
    await toPromise(actor.start())
    expect(done).toEqual(['expand acme-bot', 'send acme-bot'])
  })

  it('looks again before it ends when more became pending, once however often it was told', async () => {
    const { actor, done } = aNotifier({
      send: () => {
        if (done.length === 2) for (let i = 0; i < 3; i++) actor.send({ type: 'notices.pending' })
        return turn()
      },
    })
    await toPromise(actor.start())
    expect(done).toEqual(['expand acme-bot', 'send acme-bot', 'expand acme-bot', 'send acme-bot'])
  })

  it('looks again after a failure only when it was told to', async () => {
    const { actor, done } = aNotifier({
      expand: () => {
        if (done.length === 1) actor.send({ type: 'notices.pending' })
        return fails()
      },
    })
    await toPromise(actor.start())
    expect(done).toEqual(['expand acme-bot', 'expand acme-bot'])
  })

  it('fails quietly while the engine has not filled its steps', async () => {
    const actor = createActor(notifier, { input: { integrationId: 'acme-bot' } }).start()
    await toPromise(actor)
    expect(actor.getSnapshot().status).toBe('done')
  })

  it('stores an id and nothing of notices or letters', () => {
    const { actor } = aNotifier()
    expect(actor.getSnapshot().context).toEqual({ integrationId: 'acme-bot', again: false })
  })
})
