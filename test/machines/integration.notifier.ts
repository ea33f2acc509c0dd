import { setImmediate as turn } from 'node:timers/promises'
import { createActor, fromPromise } from 'xstate'
import { notifier, type IntegrationMachine, type NotifierInput } from '../../src/machines/index.ts'

const input = { integrationId: 'acme-bot', at: 0 }

/**
 * Lets the chart's one child really run: it ends well, it fails, and it is asked again while it runs.
 * @throws where it is not tidied away, or an ask is lost
 */
export async function checkNotifier(machine: IntegrationMachine): Promise<void> {
  const told: NotifierInput[] = []
  const expandNotices = fromPromise((_run: { input: NotifierInput }): Promise<void> => turn())
  const sendLetters = fromPromise(({ input: run }: { input: NotifierInput }): Promise<void> => {
    told.push(run)
    return turn()
  })
  const provided = machine.provide({
    actors: { notifier: notifier.provide({ actors: { expandNotices, sendLetters } }) },
  })
  await endsAfter(provided, 2)
  const ids = told.map(({ integrationId }) => integrationId)
  if (ids.join() !== 'acme-bot,acme-bot') throw new Error(`told ${ids.join()}, asked twice`)
  const failing = fromPromise(() => Promise.reject(new Error('the notifier failed'))) as unknown as typeof notifier
  await endsAfter(machine.provide({ actors: { notifier: failing } }), 1)
}

async function endsAfter(machine: IntegrationMachine, asks: number): Promise<void> {
  const actor = createActor(machine, { input })
  actor.subscribe({ error: () => undefined })
  actor.start()
  for (let i = 0; i < asks; i++) actor.send({ type: 'timer.due', timer: 'notices', at: i })
  for (let turns = 0; turns < 20 && Object.keys(actor.getSnapshot().children).length > 0; turns++) await turn()
  const { status, children } = actor.getSnapshot()
  actor.stop()
  if (status !== 'active') throw new Error(`the actor is ${status}`)
  if (Object.keys(children).length > 0) throw new Error('a notifier that ended is still a child')
}
