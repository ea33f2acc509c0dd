import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import PostalMime from 'postal-mime'
import { createHookward, type Explanation, type Hookward } from '../../src/index.ts'
import { manualClock, type ManualClock } from '../../src/testing.ts'
import { startMailbox, startReceiver, type Mailbox, type ReceiverProcess } from './stage.ts'

const secret = 'demo-secret-that-both-sides-share'
const issue = { id: '100', shortId: 'WEB-7', title: 'TypeError: x is undefined', project: { slug: 'web-app' } }
const ada = { type: 'user', id: 42, name: 'Ada' } as const
const slug = 'acme-bot'
const oneDayMs = 86_400_000
const { values: flags } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

interface Scene {
  readonly hookward: Hookward
  readonly receiver: ReceiverProcess
  readonly mailbox: Mailbox
  readonly clock: ManualClock
}

/** Both documents on real sockets, real files and real mail; only the calendar is moved by hand. */
async function play(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-demo-'))
  const receiver = await startReceiver(secret)
  const mailbox = await startMailbox()
  const clock = manualClock()
  const hookward = await createHookward({
    // The documents' own rule, because both stories are: a day at a time, and a letter at the end of a bad week.
    policy: 'sentry',
    dir,
    clock,
    mail: { url: mailbox.url, from: 'Hooks <hooks@example.com>', baseUrl: 'https://host.example.com' },
    network: { allow: ['127.0.0.0/8'] },
  })
  try {
    await tell({ hookward, receiver, mailbox, clock })
  } finally {
    await hookward.stop()
    await Promise.all([receiver.close(), mailbox.close()])
    await rm(dir, { recursive: true, force: true })
  }
}

async function tell(scene: Scene): Promise<void> {
  const { hookward } = scene
  const states: Explanation[] = []
  for (const name of ['degraded', 'broken', 'disabled', 'recovered'] as const)
    hookward.on(name, ({ explanation }) => states.push(explanation))
  await register(scene)
  await aGoodDay(scene)
  await aBadWeek(scene, states)
  await aLetter(scene)
  await aNewStart(scene, states)
  const walked = (await hookward.transitions(slug)).map(({ to }) => to).reverse()
  say(`\nThe chart's path: ${['healthy.steady', ...walked].join(' -> ')}`)
}

async function register({ hookward, receiver }: Scene): Promise<void> {
  const owners = [{ email: 'ada@acme.example' }, { email: 'grace@acme.example' }]
  for (const [id, name, topics] of [
    [slug, 'Acme Bot', ['issue', 'comment']],
    ['audit-log', 'Audit Log', ['comment']],
  ] as const) {
    const url = `${receiver.url}/${id}`
    await hookward.integrations.put({ slug: id, organization: 'acme', name, url, secret, topics, owners })
    await hookward.installations.install({ integration: id, organization: 'acme' })
  }
}

async function aGoodDay(scene: Scene): Promise<void> {
  const { hookward, receiver } = scene
  const assignee = { type: 'user', name: 'Ada', id: 42, email: 'ada@acme.example' } as const
  await hookward.notifyWorkflow({ organization: 'acme', action: 'assigned', issue, actor: ada, data: { assignee } })
  await comment(scene, 'I take this one')
  const signed = receiver.arrivals.filter((arrival) => arrival.signed).length
  say(
    'Day 1. Two integrations are installed, an issue is assigned, a comment is made. Who subscribed gets a signed webhook:',
  )
  for (const { path, resource, body } of receiver.arrivals) say(`  ${path}  ${resource}  ${body.slice(0, 96)}...`)
  step('fan-out', await hookward.explain(slug), `${signed} signed webhooks arrived at 2 receivers`)
}

/** One day of silence, then seven of refusal. */
async function aBadWeek(scene: Scene, states: readonly Explanation[]): Promise<void> {
  const { hookward, receiver, clock } = scene
  say('\nDay 2. The receiver hangs: the attempt times out after 1 s and is tried again 5 minutes later.')
  clock.advanceBy(oneDayMs)
  await receiver.become('hang')
  await comment(scene, 'anybody there?')
  await receiver.become('answer')
  clock.advanceBy(300_000)
  await hookward.idle()
  for (const { attempt, outcome, became } of await hookward.log(slug, { limit: 2 }))
    say(`  attempt ${attempt}: ${outcome.code}, ${became}`)
  say('\nDay 3. Somebody removes the hook: every request is answered with 404.')
  await receiver.become('fail')
  for (let day = 3; day <= 9; day += 1) {
    clock.advanceBy(oneDayMs)
    await comment(scene, `day ${day}`)
    if (day === 3) step('fail', await hookward.explain(slug), (await hookward.explain(slug)).sentence)
  }
  say('\nDay 9. It is the seventh day with errors and no success.')
  for (const explanation of states.slice(1))
    step(explanation.state === 'broken' ? 'break' : 'disable', explanation, explanation.sentence)
}

async function aLetter({ mailbox }: Scene): Promise<void> {
  const letters = await Promise.all(mailbox.mails.map((mail) => PostalMime.parse(mail)))
  const [letter] = letters
  say(`\n${letters.length} owners got a letter each, and this is one of them:\n`)
  say(`  Subject: ${letter?.subject ?? ''}`)
  for (const line of (letter?.text ?? '').trimEnd().split('\n')) say(`  | ${line}`)
}

async function aNewStart(scene: Scene, states: readonly Explanation[]): Promise<void> {
  const { hookward, receiver } = scene
  await comment(scene, 'made while it was off')
  const { held } = await hookward.explain(slug)
  say(
    `\nDay 9, later. A comment is made: ${held.disabled ?? 0} delivery is held. The owner mends the receiver and enables it.`,
  )
  await receiver.become('answer')
  await hookward.integrations.enable(slug, { by: 'ada', reason: 'the hook is back' })
  await hookward.idle()
  const last = receiver.arrivals.filter(({ path }) => path === `/${slug}`).at(-1)
  const missed =
    last?.body.includes('made while it was off') === true ? 'the missed comment has arrived' : 'nothing came'
  const [recovered] = states.slice(-1)
  if (recovered !== undefined) step('enable', recovered, missed)
}

async function comment({ hookward }: Scene, text: string): Promise<void> {
  await hookward.notifyComment({
    organization: 'acme',
    action: 'created',
    comment: { id: 1234, text },
    issue,
    actor: ada,
  })
  await hookward.idle()
}

function step(name: string, { integration, state }: Explanation, detail: string): void {
  if (flags.json) console.log(JSON.stringify({ step: name, integration, state, detail }))
  else console.log(`  => ${integration} is ${state.toUpperCase()}: ${detail}`)
}

function say(line: string): void {
  if (!flags.json) console.log(line)
}

// Whoever stops reading early, as `head` does, has seen enough.
process.stdout.on('error', () => process.exit())
await play()
