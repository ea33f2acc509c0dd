import { expect, it, onTestFinished } from 'vitest'
import type { Channel, ChooseRecipients, MailOutcome, NoticeMessage } from '../../src/index.ts'
import { sentry, standard } from '../../src/policy/index.ts'
import { startChat } from '../support/chat.ts'
import { startWorld, until, type World, type WorldOptions } from '../support/world.ts'
import { tapped } from './tap.ts'

/** The first 4xx disables. */
const policy = sentry({ windowDays: 1, retriesMs: [] })
const minuteMs = 60_000
const opsAndAda = () => [{ channel: 'chat', address: '#ops' }, { email: 'ada@acme.example' }]

it('tells whom the host names by the channel it names, and the others by mail, each once', async () => {
  const { server, channel, arrived } = await startChat()
  onTestFinished(() => server.close())
  const twice = () => [...opsAndAda(), ...opsAndAda(), { channel: 'chat', address: '#OPS' }]
  const world = await disabled({ channels: { chat: channel }, recipients: twice })
  expect(arrived().map(({ to }) => to)).toEqual(['#ops', '#OPS'])
  expect(world.smtp.mails.flatMap(({ to }) => to)).toEqual(['ada@acme.example'])
  expect(arrived()[0]?.text).toContain('Action required: Fix your Acme Bot integration')
  expect(arrived()[0]?.text).toContain('Notices of Acme Bot go to #ops by chat.')
  expect(await rows(world)).toMatchObject([
    { channel: 'chat', to: '#ops', status: 'sent', tries: 1 },
    { to: 'ada@acme.example', status: 'sent' },
    { channel: 'chat', to: '#OPS', status: 'sent' },
  ])
})

it('gives the channel the whole letter as data, and neither a secret nor the query of the URL', async () => {
  const messages: NoticeMessage[] = []
  const { hookward, register, receiver, comment } = await startWorld({
    ...{ policy, recipients: opsAndAda },
    channels: { chat: answering((message) => (messages.push(message), sent)) },
  })
  const url = `${receiver.url}/hook?token=query-secret-1`
  await register({ url, headers: { 'x-token': 'header-secret-2' }, secret: 'integration-secret-3' })
  receiver.answer({ status: 404, body: 'body-secret-4' })
  await comment('comment-secret-5')
  expect(messages).toMatchObject([
    {
      ...{ to: '#ops', id: (await hookward.notices('bot'))[0]?.letters[0]?.id },
      integration: { id: 'bot', name: 'Acme Bot', organization: 'acme', url: `${receiver.url}/hook` },
      notice: { kind: 'disabled', explanation: { state: 'disabled' }, requests: { failed: [{ status: 404 }] } },
      html: expect.stringContaining('<p') as string,
    },
  ])
  expect(JSON.stringify(messages)).not.toMatch(/secret/)
})

it('tries again as with letters, under the same id, and then says that it is done', async () => {
  const ids: string[] = []
  const chat = answering(({ id }) => (ids.push(id) < 3 ? { kind: 'failed', error: 'busy', permanent: false } : sent))
  const world = await disabled({ channels: { chat }, recipients: opsAndAda })
  expect(await rows(world)).toMatchObject([
    { status: 'pending', tries: 1, dueAt: world.clock.now() + minuteMs, error: 'busy' },
    { status: 'sent' },
  ])
  for (const waitMs of [minuteMs, 5 * minuteMs, 30 * minuteMs]) {
    world.clock.advanceBy(waitMs)
    await world.hookward.idle()
  }
  expect(await rows(world)).toMatchObject([{ status: 'sent', tries: 3 }, { status: 'sent' }])
  expect([ids.length, new Set(ids).size, world.smtp.mails.length]).toEqual([3, 1, 1])
})

it.each<[string, () => unknown, string]>([
  ['refuses for good', () => ({ kind: 'failed', error: 'no such room', permanent: true }), 'no such room'],
  ['answers nothing in the end', () => undefined, 'neither sent nor failed was answered'],
  ['throws in the end', () => Promise.reject(new Error('a defect')), 'Error: a defect'],
])('gives up aloud what a channel %s', async (_, answer, error) => {
  const chat = answering(answer as () => MailOutcome)
  const world = await disabled({ channels: { chat }, recipients: opsAndAda })
  for (const minutes of [1, 5, 30, 120, 360, 1_440]) {
    world.clock.advanceBy(minutes * minuteMs)
    await world.hookward.idle()
  }
  expect(await rows(world)).toMatchObject([{ status: 'failed', error }, { status: 'sent' }])
  expect(failures(world)).toMatchObject([{ integration: 'bot', channel: 'chat', to: '#ops', error }])
})

it('says so when a recipient is named by a channel that is not there, and tells the others', async () => {
  const recipients = () => [{ channel: 'pager', address: '1' }, { email: 'ada@acme.example' }]
  const world = await disabled({ recipients })
  expect(await rows(world)).toMatchObject([{ channel: 'pager', status: 'failed', tries: 0 }, { status: 'sent' }])
  expect(failures(world)).toMatchObject([{ channel: 'pager', to: '1', error: 'no channel is called "pager"' }])
  expect((await world.hookward.notices('bot'))[0]?.notice.status).toBe('done')
})

it('cannot deliver a notice when no channel reaches anybody', async () => {
  const world = await disabled({ recipients: () => [{ channel: 'pager', address: '1' }] })
  const error = 'no channel is called "pager"'
  expect(await world.hookward.notices('bot')).toMatchObject([
    { notice: { status: 'undeliverable', error }, letters: [] },
  ])
  expect(failures(world)).toMatchObject([{ error }])
})

it('needs no mail where everybody is told otherwise', async () => {
  const told: string[] = []
  const chat = answering(({ to }) => (told.push(to), sent))
  await disabled({ mail: undefined, channels: { chat }, recipients: () => [{ channel: 'chat', address: '#ops' }] })
  expect(told).toEqual(['#ops'])
})

it('sends again under the same id what a crash caught between the channel and the disk', async () => {
  const store = tapped()
  const ids: string[] = []
  const chat = answering(({ id }) => (ids.push(id), sent))
  const only = () => [{ channel: 'chat', address: '#ops' }]
  const settled = store.holdFrom(
    (write) => write.kind === 'commit' && write.change.letters?.some(({ status }) => status === 'sent') === true,
  )
  const world = await startWorld({ policy, store, channels: { chat }, recipients: only })
  await world.register()
  world.receiver.answer(404)
  void world.comment().catch(() => undefined)
  await settled
  const second = await store.crash()
  const next = await world.again({ store: second })
  await next.idle()
  expect([ids.length, new Set(ids).size]).toEqual([2, 1])
  expect((await next.notices('bot'))[0]).toMatchObject({ notice: { status: 'done' }, letters: [{ status: 'sent' }] })
})

it('is cut off when the engine stops, which spends no try', async () => {
  let isHanging = true
  const chat = answering(() => (isHanging ? new Promise<never>(() => undefined) : sent))
  let isAsked = false
  const asked: Channel = { send: (message) => ((isAsked = true), chat.send(message)) }
  const world = await startWorld({ policy, channels: { chat: asked }, recipients: opsAndAda })
  await world.register()
  world.receiver.answer(404)
  void world.comment().catch(() => undefined)
  await until(() => isAsked)
  await world.hookward.stop({ graceMs: 0 })
  isHanging = false
  const next = { ...world, hookward: await world.again() }
  await next.hookward.idle()
  expect(await rows(next)).toMatchObject([{ channel: 'chat', status: 'sent', tries: 1 }, { status: 'sent' }])
})

it('is closed with the engine, once', async () => {
  let closed = 0
  const chat: Channel = { send: () => Promise.resolve(sent), close: () => Promise.resolve(void (closed += 1)) }
  const { hookward } = await startWorld({ policy, channels: { chat }, recipients: opsAndAda })
  await hookward.stop()
  await hookward.stop()
  expect(closed).toBe(1)
})

it('tells of the recovery whom it told of the trouble, by the same channel', async () => {
  const told: (readonly string[])[] = []
  const chat = answering(({ to, notice }) => (told.push([notice.kind, to]), sent))
  const brittle = standard({
    ...{ degradedFailures: 1, degradedSpanMs: 0, brokenFailures: 2, brokenSpanMs: 0, brokenByDead: false },
    ...{ retriesMs: [20 * 86_400_000], refusedAttempts: 1, quietSpanMs: 0, probesMs: [10 * minuteMs], jitter: 0 },
  })
  let named: ReturnType<ChooseRecipients> = [{ channel: 'chat', address: '#ops' }]
  const world = await startWorld({ policy: brittle, channels: { chat }, recipients: () => named })
  await world.register()
  world.receiver.answer(500)
  await world.comment()
  await world.comment()
  await pass(world, 7)
  named = [{ channel: 'chat', address: '#others' }]
  world.receiver.answer(200)
  await pass(world, 6)
  expect(told).toEqual([
    ['broken', '#ops'],
    ['recovered', '#ops'],
  ])
  expect(world.smtp.mails).toEqual([])
})

it.each<[string, WorldOptions]>([
  ['no object', { channels: [] as never, recipients: opsAndAda }],
  ['a channel that cannot send', { channels: { chat: {} as never }, recipients: opsAndAda }],
  [
    'a channel whose close is none',
    { channels: { chat: { ...answering(), close: 1 as never } }, recipients: opsAndAda },
  ],
  ['a name that is none', { channels: { 'The Chat': answering() }, recipients: opsAndAda }],
  ['the name of mail', { channels: { mail: answering() }, recipients: opsAndAda }],
  ['nobody to name them', { channels: { chat: answering() } }],
  [
    'too many',
    {
      channels: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`c${n}`, answering()])),
      recipients: opsAndAda,
    },
  ],
])('refuses %s', async (_, options) => {
  await expect(startWorld(options)).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('channels') as string,
  })
})

it.each([
  [{ channel: 'chat' }],
  [{ channel: 'chat', address: '' }],
  [{ channel: 7, address: '#ops' }],
  [{ channel: 'mail', address: 'nobody' }],
  [{ channel: 'chat', address: '#ops', email: 'ada@acme.example' }],
])('asks again for a recipient that is none: %j', async (recipient) => {
  const world = await disabled({ channels: { chat: answering() }, recipients: () => [recipient as never] })
  const error = expect.stringContaining('OWNER_INVALID: recipients[0]') as string
  expect(await world.hookward.notices('bot')).toMatchObject([{ notice: { status: 'pending', tries: 1, error } }])
})

const sent: MailOutcome = { kind: 'sent' }

function answering(answer: (message: NoticeMessage) => MailOutcome | Promise<MailOutcome> = () => sent): Channel {
  return { send: (message) => Promise.resolve(answer(message)) }
}

async function disabled(options: WorldOptions): Promise<World> {
  const world = await startWorld({ policy, ...options })
  await world.register()
  world.receiver.answer(404)
  await world.comment()
  return world
}

async function rows({ hookward }: Pick<World, 'hookward'>) {
  return (await hookward.notices('bot')).flatMap(({ letters }) => letters)
}

function failures({ events }: World) {
  return events.filter(({ type }) => type === 'notice.failed')
}

async function pass({ hookward, clock }: World, steps: number): Promise<void> {
  for (let n = 0; n < steps; n += 1) {
    clock.advanceBy(10 * minuteMs)
    await hookward.idle()
  }
}
