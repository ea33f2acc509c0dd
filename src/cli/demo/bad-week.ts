import { ada, issue, register, slug } from '../playground/cast.ts'
import { commented, type Scene } from './telling.ts'

const oneDayMs = 86_400_000

/** Both documents under their own rule, which counts days: a good one, a bad week, a letter, and a new start. */
export async function aBadWeek(scene: Scene): Promise<void> {
  await register(scene.hookward, scene.receiver.url)
  await aGoodDay(scene)
  await sevenDays(scene)
  aLetter(scene)
  await aNewStart(scene)
  await scene.telling.path(scene.hookward)
}

async function aGoodDay(scene: Scene): Promise<void> {
  const { hookward, receiver, telling } = scene
  const assignee = { type: 'user', name: 'Ada', id: 42, email: 'ada@acme.example' } as const
  await hookward.notifyWorkflow({ organization: 'acme', action: 'assigned', issue, actor: ada, data: { assignee } })
  await commented(scene, 'I take this one')
  const signed = receiver.arrivals.filter((arrival) => arrival.signed).length
  telling.say(
    'Day 1. Two integrations are installed, an issue is assigned, a comment is made. Who subscribed gets a signed webhook:',
  )
  for (const { path, resource, body } of receiver.arrivals)
    telling.say(`  ${path}  ${resource}  ${body.slice(0, 96)}...`)
  telling.step('fan-out', await hookward.explain(slug), `${signed} signed webhooks arrived at 2 receivers`)
}

/** One day of silence, then seven of refusal. */
async function sevenDays(scene: Scene): Promise<void> {
  const { hookward, receiver, clock, states, telling } = scene
  telling.say('\nDay 2. The receiver hangs: the attempt times out after 1 s and is tried again 5 minutes later.')
  clock.advanceBy(oneDayMs)
  receiver.become('hang')
  await commented(scene, 'anybody there?')
  receiver.become('ok')
  clock.advanceBy(300_000)
  await hookward.idle()
  for (const { attempt, outcome, became } of await hookward.log(slug, { limit: 2 }))
    telling.say(`  attempt ${attempt}: ${outcome.code}, ${became}`)
  telling.say('\nDay 3. Somebody removes the hook: every request is answered with 404.')
  receiver.become('404')
  for (let day = 3; day <= 9; day += 1) {
    clock.advanceBy(oneDayMs)
    await commented(scene, `day ${day}`)
    if (day === 3) telling.step('fail', await hookward.explain(slug), (await hookward.explain(slug)).sentence)
  }
  telling.say('\nDay 9. It is the seventh day with errors and no success.')
  for (const explanation of states.slice(1))
    telling.step(explanation.state === 'broken' ? 'break' : 'disable', explanation, explanation.sentence)
}

function aLetter({ inbox: { mails }, telling }: Scene): void {
  const [letter] = mails
  telling.say(`\n${mails.length} owners got a letter each, and this is one of them:\n`)
  telling.say(`  Subject: ${letter?.subject ?? ''}`)
  for (const line of (letter?.text ?? '').split('\n')) telling.say(`  | ${line}`)
}

async function aNewStart(scene: Scene): Promise<void> {
  const { hookward, receiver, states, telling } = scene
  await commented(scene, 'made while it was off')
  const { held } = await hookward.explain(slug)
  telling.say(
    `\nDay 9, later. A comment is made: ${held.disabled ?? 0} delivery is held. The owner mends the receiver and enables it.`,
  )
  receiver.become('ok')
  await hookward.integrations.enable(slug, { by: 'ada', reason: 'the hook is back' })
  await hookward.idle()
  const last = receiver.arrivals.filter(({ path }) => path === `/${slug}`).at(-1)
  const missed =
    last?.body.includes('made while it was off') === true ? 'the missed comment has arrived' : 'nothing came'
  const [recovered] = states.slice(-1)
  if (recovered !== undefined) telling.step('enable', recovered, missed)
}
