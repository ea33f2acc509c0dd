import { expect, it } from 'vitest'
import { standard } from '../../src/policy/index.ts'
import { aComment, startWorld, turns, until, type World, type WorldOptions } from '../support/world.ts'
import { tapped } from './tap.ts'
import { aWire } from './wire.ts'

const minuteMs = 60_000

/** Broken by its second failure; probes of its own are ten minutes apart. */
const policy = standard({
  ...{ degradedFailures: 1, degradedSpanMs: 0, brokenFailures: 2, brokenSpanMs: 0, brokenByDead: false },
  ...{ retriesMs: [86_400_000], refusedAttempts: 1, quietSpanMs: 0, probesMs: [10 * minuteMs], jitter: 0 },
})

it("gives the answer of the chart's probe that is under way, and makes no other", async () => {
  const { hookward, receiver, clock } = await broken()
  receiver.answer('hang')
  clock.advanceBy(10 * minuteMs)
  await receiver.received(3)
  const asked = hookward.integrations.probe('bot', { by: 'ada', reason: 'mended' })
  await turns()
  expect(receiver.requests).toHaveLength(3)
  receiver.release(200)
  expect(await asked).toMatchObject({ kind: 'succeeded', counted: true, outcome: { status: 200 } })
  expect((await hookward.audit('bot'))[0]).toMatchObject({ action: 'integration.probed', by: 'ada', reason: 'mended' })
  expect(receiver.requests).toHaveLength(3)
})

it("has the chart's probe wait for one by hand, which then is the chart's", async () => {
  const { hookward, receiver, clock } = await broken()
  receiver.answer('hang')
  const asked = hookward.integrations.probe('bot')
  await receiver.received(3)
  clock.advanceBy(10 * minuteMs)
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.probing' })
  await turns()
  expect(receiver.requests).toHaveLength(3)
  receiver.release(500)
  expect(await asked).toMatchObject({ kind: 'failed', counted: true })
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.holding' })
  expect(receiver.requests).toHaveLength(3)
})

it('takes no new delivery for the probe while one by hand is under way', async () => {
  const { hookward, receiver, clock } = await brokenWithOne()
  receiver.answer('hang')
  const asked = hookward.integrations.probe('bot')
  await receiver.received(3)
  clock.advanceBy(10 * minuteMs)
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.probing', held: {} })
  await hookward.notifyComment({ ...aComment('new'), organization: 'other' })
  await turns()
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.probing', held: { broken: 1 } })
  expect(receiver.requests).toHaveLength(3)
  receiver.release(500)
  expect(await asked).toMatchObject({ kind: 'failed' })
})

it("makes the chart's probe after one by hand that did not reach the receiver", async () => {
  const wire = aWire()
  const { hookward, clock, asked } = await probedByHand(wire)
  clock.advanceBy(10 * minuteMs)
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.probing' })
  expect(wire.started).toHaveLength(3)
  wire.answer('local')
  expect(await asked).toMatchObject({ kind: 'own-trouble', counted: false })
  wire.answer(200)
  clock.advanceBy(minuteMs)
  await hookward.idle()
  expect(wire.started).toHaveLength(4)
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.holding' })
})

it("keeps the chart's probe in line while its lane rests and one by hand is under way", async () => {
  const wire = aWire()
  const { hookward, clock, register, comment } = await startWorld({ policy, transport: wire })
  await register()
  wire.answer(500)
  for (let n = 0; n < 2; n += 1) await comment()
  // The first fails as a probe, so that it is the turn of the second, which has to wait.
  clock.advanceBy(10 * minuteMs)
  await hookward.idle()
  wire.answer('local')
  clock.advanceBy(10 * minuteMs)
  await hookward.idle()
  const started = wire.started.length
  wire.hang()
  const asked = hookward.integrations.probe('bot')
  await until(() => wire.started.length === started + 1)
  clock.advanceBy(minuteMs)
  await turns()
  expect(wire.started).toHaveLength(started + 1)
  wire.answer(500)
  expect(await asked).toMatchObject({ kind: 'failed', counted: true })
  await hookward.idle()
  expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.holding' })
})

it('makes no second probe after a pause while the first is under way, and one when that has ended', async () => {
  const { hookward, receiver, clock } = await broken()
  receiver.answer('hang', 200)
  clock.advanceBy(10 * minuteMs)
  await receiver.received(3)
  await hookward.integrations.pause('bot')
  await hookward.integrations.resume('bot')
  clock.advanceBy(20 * minuteMs)
  await turns()
  expect(receiver.requests).toHaveLength(3)
  receiver.release(200)
  await hookward.idle()
  expect(receiver.requests).toHaveLength(4)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy', held: {} })
})

it('gives two who ask at the same time the answer of one probe', async () => {
  const { hookward, receiver } = await broken()
  receiver.answer('hang')
  const first = hookward.integrations.probe('bot', { by: 'ada' })
  await receiver.received(3)
  const second = hookward.integrations.probe('bot', { by: 'grace' })
  await turns()
  receiver.release(200)
  expect(await second).toEqual(await first)
  expect(await first).toMatchObject({ kind: 'succeeded', counted: true })
  expect(receiver.requests).toHaveLength(3)
  const probed = (await hookward.audit('bot')).filter(({ action }) => action === 'integration.probed')
  expect(probed.map(({ by }) => by)).toEqual(['grace', 'ada'])
})

it('recovers at once by one that is made by hand when nothing else is held', async () => {
  const { hookward, receiver } = await brokenWithOne()
  receiver.answer(200)
  expect(await hookward.integrations.probe('bot')).toMatchObject({ kind: 'succeeded', counted: true })
  expect(await hookward.explain('bot')).toMatchObject({ state: 'healthy' })
})

it('has the next probe wait as long as the policy is patient, when one by hand was throttled', async () => {
  const quick = standard({ ...(policy.params as object), probesMs: [10_000] })
  const { hookward, receiver, clock } = await broken({ policy: quick })
  receiver.answer({ status: 429, headers: { 'retry-after': '1' } })
  expect(await hookward.integrations.probe('bot')).toMatchObject({ kind: 'failed', counted: true })
  expect((await hookward.explain('bot')).probeAt).toBe(clock.now() + minuteMs)
})

it('lets the lane rest that a throttled probe by hand was made past', async () => {
  const { hookward, receiver, clock } = await broken()
  await hookward.integrations.disable('bot')
  await hookward.idle()
  receiver.answer({ status: 429, headers: { 'retry-after': '120' } }, 200)
  expect(await hookward.integrations.probe('bot')).toMatchObject({ kind: 'failed', counted: false })
  await hookward.integrations.enable('bot', { force: true, reason: 'it is only busy' })
  await hookward.idle()
  expect(receiver.requests).toHaveLength(3)
  clock.advanceBy(2 * minuteMs)
  await hookward.idle()
  expect(receiver.requests.length).toBeGreaterThan(3)
})

it('answers both when the engine stops meanwhile', async () => {
  const { hookward, receiver } = await broken()
  receiver.answer('hang')
  const first = hookward.integrations.probe('bot')
  await receiver.received(3)
  const second = hookward.integrations.probe('bot')
  await turns()
  await hookward.stop({ graceMs: 0 })
  expect(await Promise.all([first, second])).toMatchObject([{ kind: 'own-trouble' }, { kind: 'own-trouble' }])
})

it('says so to whoever waits for a probe when the engine fails meanwhile', async () => {
  const store = tapped()
  const { hookward, receiver, clock } = await broken({ store })
  receiver.answer('hang')
  clock.advanceBy(10 * minuteMs)
  await receiver.received(3)
  const asked = hookward.integrations.probe('bot')
  await turns()
  store.failFrom(() => true)
  const failed = { code: expect.stringMatching(/^ENGINE_/) as string }
  await Promise.all([
    expect(hookward.integrations.pause('bot')).rejects.toMatchObject(failed),
    expect(asked).rejects.toMatchObject(failed),
  ])
})

/** Two deliveries failed and are held. */
async function broken(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ policy, ...options })
  await world.register()
  world.receiver.answer(500)
  await world.comment()
  await world.comment()
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken', held: { broken: 2 } })
  return world
}

/** Broken, and a single delivery is held. */
async function brokenWithOne(): Promise<World> {
  const world = await broken()
  const { installations } = world.hookward
  await installations.install({ integration: 'bot', organization: 'other' }, { announce: false })
  await world.hookward.notifyComment({ ...aComment('the only one'), organization: 'other' })
  await installations.uninstall({ integration: 'bot', organization: 'acme' }, { announce: false })
  return world
}

/** Broken, with a probe by hand that hangs. */
async function probedByHand(wire: ReturnType<typeof aWire>) {
  const world = await startWorld({ policy, transport: wire })
  await world.register()
  wire.answer(500)
  for (let n = 0; n < 2; n += 1) await world.comment()
  wire.hang()
  const asked = world.hookward.integrations.probe('bot')
  await until(() => wire.started.length === 3)
  return { ...world, asked }
}
