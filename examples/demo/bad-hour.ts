import { comment, register, say, sayPath, slug, step, type Scene } from './telling.ts'

/** Under `standard`, the policy of an engine that is given none: warned of, held, probed, and sent when it is back. */
export async function aBadHour(scene: Scene): Promise<void> {
  const { hookward, receiver, clock, states, mailbox } = scene
  say(
    '\n\nThe default policy, `standard`, has more patience. The hook is removed again, and a comment is made every 34 s.',
  )
  await register(scene)
  await hookward.idle()
  let arrived = 0
  hookward.on('delivered', ({ integration }) => (arrived += integration === slug ? 1 : 0))
  await receiver.become('fail')
  for (let n = 1; n <= 10; n += 1) {
    await comment(scene, `comment ${n}`)
    clock.advanceBy(34_000)
  }
  for (const explanation of states)
    step(explanation.state === 'broken' ? 'break' : 'fail', explanation, explanation.sentence)
  const { held } = await hookward.explain(slug)
  say(
    `\n${held.broken ?? 0} deliveries are held. The receiver is probed with one of them, and for an hour it does not answer.`,
  )
  await pass(scene, 66)
  say(`Its owners have been told of it: ${mailbox.mails.length} letters. Then the hook is put back.`)
  await receiver.become('answer')
  await pass(scene, 120)
  const last = states.at(-1)
  if (last !== undefined) step('recover', last, `all ${arrived} comments have arrived, and nobody had to do anything`)
  await sayPath(scene)
}

/** Minute by minute, so that all that falls due is done in its turn. */
async function pass({ hookward, clock }: Scene, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    clock.advanceBy(60_000)
    await hookward.idle()
  }
}
