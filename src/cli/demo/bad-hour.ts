import { register, slug } from '../playground/cast.ts'
import { commented, type Scene } from './telling.ts'

/** Under `standard`, the policy of an engine that is given none: warned of, held, probed, and sent when it is back. */
export async function aBadHour(scene: Scene): Promise<void> {
  const { hookward, receiver, clock, states, inbox, telling } = scene
  telling.say(
    '\n\nThe default policy, `standard`, has more patience. The hook is removed again, and a comment is made every 34 s.',
  )
  await register(hookward, receiver.url)
  await hookward.idle()
  let arrived = 0
  hookward.on('delivered', ({ integration }) => (arrived += integration === slug ? 1 : 0))
  receiver.become('404')
  for (let n = 1; n <= 10; n += 1) {
    await commented(scene, `comment ${n}`)
    clock.advanceBy(34_000)
  }
  for (const explanation of states)
    telling.step(explanation.state === 'broken' ? 'break' : 'fail', explanation, explanation.sentence)
  const { held } = await hookward.explain(slug)
  telling.say(
    `\n${held.broken ?? 0} deliveries are held. The receiver is probed with one of them, and for an hour it does not answer.`,
  )
  await pass(scene, 66)
  telling.say(`Its owners have been told of it: ${inbox.mails.length} letters. Then the hook is put back.`)
  receiver.become('ok')
  await pass(scene, 120)
  const last = states.at(-1)
  if (last !== undefined)
    telling.step('recover', last, `all ${arrived} comments have arrived, and nobody had to do anything`)
  await telling.path(hookward)
}

/** Minute by minute, so that all that falls due is done in its turn. */
async function pass({ hookward, clock }: Scene, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    clock.advanceBy(60_000)
    await hookward.idle()
  }
}
