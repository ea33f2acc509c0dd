import { expect, it } from 'vitest'
import { standard } from '../../src/policy/index.ts'
import { aComment, startWorld, type World, type WorldOptions } from '../support/world.ts'
import { stateOf, tapped } from './tap.ts'
import { aWire } from './wire.ts'

const [minuteMs, hourMs] = [60_000, 3_600_000]
const dayMs = 24 * hourMs

/** Broken by its second failure and disabled after ten hours; numbers small enough to watch all of it. */
const policy = standard({
  ...{ degradedFailures: 1, degradedSpanMs: 0, brokenFailures: 2, brokenSpanMs: 0, brokenByDead: false },
  ...{ retriesMs: [20 * dayMs], refusedAttempts: 1, quietSpanMs: 0, probesMs: [10 * minuteMs], jitter: 0 },
  ...{ disabledMs: 10 * hourMs, disabledAttempts: 4, disabledDays: 1, disabledDeliveries: 1 },
  ...{ noticeWarningsMs: [6 * hourMs, 2 * hourMs], noticeRemindersMs: [dayMs, 3 * dayMs] },
})

it('tells that it is broken, warns twice, tells that it is disabled and reminds, each owner once of each', async () => {
  const world = await broken()
  await pass(world, 5 * dayMs)
  expect(subjects(world)).toEqual([
    'Action required: Events for your Acme Bot integration are held back',
    expect.stringMatching(/^Action required: Your Acme Bot integration is switched off at /),
    expect.stringMatching(/^Action required: Your Acme Bot integration is switched off at /),
    'Action required: Fix your Acme Bot integration',
    'Reminder: Action required: Fix your Acme Bot integration',
    'Reminder: Action required: Fix your Acme Bot integration',
  ])
  expect(new Set(world.smtp.mails.map(({ messageId }) => messageId)).size).toBe(12)
  expect(await steps(world)).toEqual(['broken', 'warning-1', 'warning-2', 'disabled', 'reminder-1', 'reminder-2'])
})

it('says in a warning when it is disabled and unless what, and what failed of late: without a body', async () => {
  const world = await broken()
  await pass(world, 5 * hourMs)
  const warning = world.smtp.mails.at(-1)
  const { next } = await world.hookward.explain('bot')
  const moment = new Date(next?.at ?? 0).toISOString()
  expect(warning?.text).toContain(`It becomes disabled at ${moment} unless a delivery or a probe succeeds.`)
  expect(warning?.text).toContain('comment.created')
  expect(warning?.text).toContain('HTTP_500')
  expect(warning?.text).toContain('Last success: none')
  expect(warning?.text).not.toContain('looks good')
  expect(warning?.html).toContain('<td')
})

it('keeps quiet about what heals within an hour, and tells of the recovery only whom it told of the trouble', async () => {
  const world = await broken()
  await pass(world, 30 * minuteMs)
  world.receiver.answer(200)
  await pass(world, hourMs)
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'healthy' })
  expect(world.smtp.mails).toEqual([])
  expect(await steps(world)).toEqual([])
})

it('tells those whom it mailed that it is back, and nobody else', async () => {
  const world = await broken()
  await pass(world, 2 * hourMs)
  await world.register({ owners: [{ email: 'new@acme.example' }] })
  world.receiver.answer(200)
  await pass(world, hourMs)
  const last = world.smtp.mails.slice(2)
  expect(last.map(({ subject }) => subject)).toEqual(Array(2).fill(recoverySubject))
  expect(last.flatMap(({ to }) => to).sort()).toEqual(['ada@acme.example', 'grace@acme.example'])
  expect(last[0]?.text).toContain('First failure: ')
})

it('waits one and a half times as long as the longest incident that healed of late', async () => {
  const world = await broken({}, { status: 'published' })
  await pass(world, 3 * hourMs)
  world.receiver.answer(200)
  await pass(world, hourMs)
  const before = world.smtp.mails.length
  await fail(world)
  await pass(world, 4 * hourMs)
  expect(world.smtp.mails).toHaveLength(before)
  await pass(world, 2 * hourMs)
  expect(world.smtp.mails.length).toBeGreaterThan(before)
})

it('goes on with the ladder after a restart, and repeats no step', async () => {
  const world = await broken()
  await pass(world, 2 * hourMs)
  await world.hookward.stop()
  const next = { ...world, hookward: await world.again() }
  await pass(next, 3 * hourMs)
  expect(await steps(next)).toEqual(['broken', 'warning-1'])
  await next.hookward.stop()
  const last = { ...world, hookward: await world.again() }
  await last.hookward.idle()
  expect(await steps(last)).toEqual(['broken', 'warning-1'])
  last.receiver.answer(200)
  await pass(last, hourMs)
  expect((await steps(last)).at(-1)).toBe('recovered')
  expect(world.smtp.mails).toHaveLength(6)
})

it('writes the notice of a recovery in the commit that ends the incident', async () => {
  const store = tapped()
  const world = await broken({ store })
  await pass(world, hourMs)
  world.receiver.answer(200)
  await pass(world, hourMs)
  const last = store.commits().find((change) => stateOf(change) === 'healthy.probation')
  expect(last?.notices).toMatchObject([{ kind: 'recovered', status: 'pending' }])
})

it('tells once of a step that a power cut caught on its way to the disk', async () => {
  const store = tapped()
  const world = await broken({ store })
  await pass(world, hourMs - 10 * minuteMs)
  const onItsWay = store.holdFrom((write) => write.kind === 'commit' && write.change.notices?.[0]?.kind === 'broken')
  world.clock.advanceBy(10 * minuteMs)
  await onItsWay
  const second = await store.crash()
  const next = { ...world, hookward: await world.again({ store: second }) }
  await next.hookward.idle()
  expect(await steps(next)).toEqual(['broken'])
  expect(world.smtp.mails).toHaveLength(2)
  await next.hookward.stop()
  const last = { ...world, hookward: await world.again({ store: second }) }
  await last.hookward.idle()
  expect(await steps(last)).toEqual(['broken'])
  expect(world.smtp.mails).toHaveLength(2)
})

it('tells only the later of two steps that fell due while the engine was down', async () => {
  const world = await broken()
  await pass(world, 12 * hourMs)
  await world.hookward.stop()
  world.clock.advanceBy(4 * dayMs)
  const next = { ...world, hookward: await world.again() }
  await next.hookward.idle()
  expect(await steps(next)).toEqual(['broken', 'warning-1', 'warning-2', 'disabled', 'reminder-2'])
})

it('takes a step back that is no longer true before its first letter left', async () => {
  const world = await broken()
  world.smtp.refuse(451, 'try again later')
  await pass(world, hourMs)
  world.receiver.answer(200)
  await pass(world, 30 * minuteMs)
  world.smtp.accept()
  await pass(world, hourMs)
  expect(world.smtp.mails).toEqual([])
  expect(await statuses(world)).toEqual([
    ['broken', 'superseded'],
    ['recovered', 'superseded'],
  ])
})

it('begins no step while it is paused, and goes on when it is resumed', async () => {
  const world = await broken()
  await world.hookward.integrations.pause('bot')
  await pass(world, 2 * hourMs)
  expect(await steps(world)).toEqual([])
  await world.hookward.integrations.resume('bot')
  await world.hookward.idle()
  expect(await steps(world)).toEqual(['broken'])
})

it('says so of every step when there is nobody to write to', async () => {
  const world = await broken({}, { owners: [] })
  await pass(world, 2 * hourMs)
  expect(await statuses(world)).toEqual([['broken', 'undeliverable']])
  const told = world.events.filter(({ type }) => type === 'notice.failed')
  expect(told).toMatchObject([{ integration: 'bot', error: 'the integration has no owner' }])
})

it('never warns of what a published integration has not to fear', async () => {
  const world = await broken({}, { status: 'published' })
  await pass(world, 2 * dayMs)
  expect(await steps(world)).toEqual(['broken'])
})

it('adds nothing to the single letter of the documents', async () => {
  const world = await startWorld()
  await world.register()
  world.receiver.answer(404)
  await world.comment()
  world.clock.advanceBy(dayMs)
  await world.comment()
  await pass(world, 10 * dayMs, 12 * hourMs)
  await world.hookward.integrations.enable('bot')
  await world.hookward.idle()
  expect(await steps(world)).toEqual(['disabled'])
  expect(world.smtp.mails).toHaveLength(2)
})

it('tells once of an address that is blocked, for each URL, and its health is as before', async () => {
  const world = await startWorld({ policy })
  await world.register()
  await world.hookward.stop()
  const shut = { ...world, hookward: await world.again({ network: { allow: [] } }) }
  const emit = async (times: number) => {
    for (let n = 0; n < times; n += 1) await shut.hookward.notifyComment(aComment())
    await shut.hookward.idle()
  }
  await emit(2)
  expect(await steps(shut)).toEqual([])
  await emit(5)
  expect(await steps(shut)).toEqual(['blocked'])
  expect(await shut.hookward.explain('bot')).toMatchObject({ state: 'healthy' })
  expect(subjects(world)).toEqual(['Action required: The webhook URL of your Acme Bot integration cannot be used'])
  expect(world.smtp.mails[0]?.text).toContain('does not connect to')
  await shut.hookward.stop()
  const next = await world.again({ network: { allow: [] } })
  for (let n = 0; n < 3; n += 1) await next.notifyComment(aComment())
  await next.idle()
  expect(world.smtp.mails).toHaveLength(2)
})

it('tells of a blocked address when the row began before a restart, and not after a success', async () => {
  const world = await startWorld({ policy })
  await world.register()
  let { hookward } = world
  const emitShut = async (times: number, network = { allow: [] as string[] }) => {
    await hookward.stop()
    hookward = await world.again({ network })
    for (let n = 0; n < times; n += 1) await hookward.notifyComment(aComment())
    await hookward.idle()
  }
  await emitShut(2)
  await emitShut(1, { allow: ['127.0.0.0/8'] })
  await emitShut(2)
  expect(await steps({ ...world, hookward })).toEqual([])
  await emitShut(1)
  expect(await steps({ ...world, hookward })).toEqual(['blocked'])
  await emitShut(1)
  expect(world.smtp.mails).toHaveLength(2)
})

it('tells of a blocked address again when there is another URL', async () => {
  const wire = aWire()
  const world = await startWorld({ policy, transport: wire })
  wire.answer('blocked')
  const emit = async () => {
    for (let n = 0; n < 2; n += 1) await world.hookward.notifyComment(aComment())
    await world.hookward.idle()
  }
  for (const host of ['a.example', 'b.example']) {
    await world.register({ url: `https://${host}/hook` })
    const before = await steps(world)
    await emit()
    expect(await steps(world)).toEqual(before)
    await emit()
    expect(await steps(world)).toEqual([...before, 'blocked'])
  }
})

const recoverySubject = 'Resolved: Your Acme Bot integration receives events again'

async function broken(options: WorldOptions = {}, input: Parameters<World['register']>[0] = {}): Promise<World> {
  const world = await startWorld({ policy, ...options })
  await world.register(input)
  await fail(world)
  return world
}

async function fail(world: World): Promise<void> {
  world.receiver.answer(500)
  await world.comment()
  await world.comment()
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken' })
}

async function pass({ hookward, clock }: World, spanMs: number, stepMs = 10 * minuteMs): Promise<void> {
  for (let passedMs = 0; passedMs < spanMs; passedMs += stepMs) {
    clock.advanceBy(stepMs)
    await hookward.idle()
  }
}

/** Of the first owner: the second reads the same. */
function subjects({ smtp }: World): readonly string[] {
  return smtp.mails.filter(({ to }) => to.includes('ada@acme.example')).map(({ subject }) => subject)
}

async function steps(world: World): Promise<readonly string[]> {
  return (await world.hookward.notices('bot')).map(({ notice }) => notice.step)
}

async function statuses(world: World) {
  return (await world.hookward.notices('bot')).map(({ notice }) => [notice.step, notice.status])
}
