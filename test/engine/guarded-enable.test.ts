import { describe, expect, it } from 'vitest'
import { standard } from '../../src/policy/index.ts'
import { startWorld, type World } from '../support/world.ts'

const minuteMs = 60_000

/** Broken by its second failure; probes of its own are an hour apart. */
const policy = standard({
  ...{ degradedFailures: 1, degradedSpanMs: 0, brokenFailures: 2, brokenSpanMs: 0, brokenByDead: false },
  ...{ retriesMs: [86_400_000], refusedAttempts: 1, quietSpanMs: 0, probesMs: [60 * minuteMs], jitter: 0 },
})

describe('enabling', () => {
  it('sends a held delivery first, and enables when it arrives', async () => {
    const { hookward, receiver } = await disabled()
    receiver.answer(200)
    expect(await hookward.integrations.enable('bot', { by: 'ada' })).toMatchObject({ chartState: 'healthy.probation' })
    await hookward.idle()
    // The probe, and then the other one from the ledger.
    expect(receiver.requests).toHaveLength(4)
    expect((await hookward.log('bot'))[0]).toMatchObject({ became: 'delivered', attempt: 2 })
    expect((await hookward.explain('bot')).held).toEqual({})
  })

  it('leaves it as it is when the probe fails, and says what it ended with', async () => {
    const { hookward, receiver } = await disabled()
    await expect(hookward.integrations.enable('bot', { by: 'ada' })).rejects.toMatchObject({
      code: 'PROBE_FAILED',
      message: expect.stringContaining('its probe ended with HTTP_500') as string,
    })
    expect(await hookward.explain('bot')).toMatchObject({ state: 'disabled', held: { disabled: 2 } })
    expect(receiver.requests).toHaveLength(3)
    const [last] = await hookward.audit('bot')
    expect(last).toMatchObject({ by: 'ada', action: 'integration.enable.refused' })
  })

  it('asks the receiver again after five minutes, or at once when its registration changed', async () => {
    const { hookward, receiver, clock, register } = await disabled()
    await expect(hookward.integrations.enable('bot')).rejects.toMatchObject({ code: 'PROBE_FAILED' })
    receiver.answer(200)
    await expect(hookward.integrations.enable('bot')).rejects.toMatchObject({
      code: 'PROBE_TOO_SOON',
      message: expect.stringContaining(new Date(clock.now() + 5 * minuteMs).toISOString()) as string,
    })
    await register({ url: `${receiver.url}/other` })
    expect(await hookward.integrations.enable('bot')).toMatchObject({ state: 'healthy' })
  })

  it('is tried again when the five minutes are over', async () => {
    const { hookward, receiver, clock } = await disabled()
    await expect(hookward.integrations.enable('bot')).rejects.toMatchObject({ code: 'PROBE_FAILED' })
    receiver.answer(200)
    clock.advanceBy(5 * minuteMs)
    expect(await hookward.integrations.enable('bot')).toMatchObject({ state: 'healthy' })
  })

  it('leaves the ledger when it is told to, also where its own probe is the one that heals', async () => {
    const { hookward, receiver, comment } = await broken()
    await comment()
    receiver.answer(200)
    expect(await hookward.integrations.probe('bot')).toMatchObject({ kind: 'succeeded' })
    expect(await hookward.explain('bot')).toMatchObject({ state: 'broken', held: { broken: 2 } })
    const before = receiver.requests.length
    await hookward.integrations.enable('bot', { replay: 'none' })
    await hookward.idle()
    expect(receiver.requests).toHaveLength(before + 1)
    expect(await hookward.explain('bot')).toMatchObject({ chartState: 'healthy.probation', held: { left: 1 } })
  })

  it('tries another delivery after one that failed: perhaps no receiver could take that', async () => {
    const { hookward, receiver, clock } = await disabled()
    await expect(hookward.integrations.enable('bot')).rejects.toMatchObject({ code: 'PROBE_FAILED' })
    receiver.answer(200)
    clock.advanceBy(5 * minuteMs)
    await hookward.integrations.enable('bot')
    const [, , first, second] = receiver.requests.map(({ headers }) => headers['idempotency-key'])
    expect(second).not.toBe(first)
  })

  it('is done without a probe when it is forced, for a reason', async () => {
    const { hookward, receiver } = await disabled()
    await expect(hookward.integrations.enable('bot', { force: true })).rejects.toMatchObject({
      code: 'INTEGRATION_INVALID',
    })
    receiver.answer('hang')
    const forced = { by: 'ada', reason: 'the probe topic is broken', force: true }
    expect(await hookward.integrations.enable('bot', forced)).toMatchObject({ state: 'healthy' })
    receiver.release()
  })

  it('is done without a probe when nothing is held', async () => {
    const { hookward, register } = await startWorld({ policy })
    await register()
    await hookward.integrations.disable('bot')
    expect(await hookward.integrations.enable('bot')).toMatchObject({ chartState: 'healthy.probation' })
  })

  it('is refused when somebody pauses it while the probe is under way', async () => {
    const { hookward, receiver } = await disabled()
    receiver.answer('hang')
    const enabled = hookward.integrations.enable('bot')
    await receiver.received(3)
    await hookward.integrations.pause('bot')
    receiver.release(200)
    await expect(enabled).rejects.toMatchObject({ code: 'INTEGRATION_PAUSED' })
    expect(await hookward.explain('bot')).toMatchObject({ state: 'paused' })
  })

  it('is what it was under the rule of the documents', async () => {
    const { hookward, receiver, register, comment } = await startWorld()
    await register()
    await hookward.integrations.disable('bot')
    await comment()
    receiver.answer('hang')
    expect(await hookward.integrations.enable('bot')).toMatchObject({ state: 'healthy' })
    receiver.release()
  })
})

describe('a probe by hand', () => {
  it('is not made when nothing is held, and says so', async () => {
    const { hookward, register, receiver } = await startWorld({ policy })
    await register()
    expect(await hookward.integrations.probe('bot')).toEqual({ kind: 'not-made', because: 'nothing-held' })
    expect(receiver.requests).toEqual([])
  })

  it('is not made with what somebody left in the ledger', async () => {
    const { hookward, receiver } = await disabled()
    await hookward.integrations.enable('bot', { replay: 'none', force: true, reason: 'too old' })
    await hookward.integrations.disable('bot')
    expect(await hookward.integrations.probe('bot')).toEqual({ kind: 'not-made', because: 'nothing-held' })
    expect(await hookward.integrations.enable('bot')).toMatchObject({ state: 'healthy', held: { left: 2 } })
    await hookward.idle()
    expect(receiver.requests).toHaveLength(2)
  })

  it('delivers what it was made with, and counts for nothing while it is disabled', async () => {
    const { hookward, receiver, events } = await disabled()
    receiver.answer(200)
    const before = await hookward.explain('bot')
    expect(await hookward.integrations.probe('bot', { by: 'ada', reason: 'mended' })).toMatchObject({
      ...{ kind: 'succeeded', topic: 'comment.created', counted: false },
      outcome: { kind: 'ok', status: 200 },
    })
    expect(await hookward.explain('bot')).toMatchObject({ evidence: before.evidence, held: { disabled: 1 } })
    expect(events.at(-1)).toMatchObject({ type: 'delivered' })
    const [last] = await hookward.audit('bot')
    expect(last).toMatchObject({ by: 'ada', action: 'integration.probed', reason: 'mended' })
  })

  it('spends no attempt, and stays held when it fails', async () => {
    const { hookward } = await disabled()
    expect(await hookward.integrations.probe('bot')).toMatchObject({ kind: 'failed', outcome: { code: 'HTTP_500' } })
    expect(await hookward.integrations.probe('bot')).toMatchObject({ kind: 'failed' })
    expect((await hookward.log('bot')).map(({ attempt }) => attempt)).toEqual([2, 2, 1, 1])
    expect((await hookward.explain('bot')).held).toEqual({ disabled: 2 })
  })

  it('counts while it is broken: two that arrive bring it back', async () => {
    const { hookward, receiver } = await broken()
    receiver.answer(200)
    expect(await hookward.integrations.probe('bot')).toMatchObject({ kind: 'succeeded', counted: true })
    expect(await hookward.explain('bot')).toMatchObject({ chartState: 'broken.holding' })
    expect(await hookward.integrations.probe('bot')).toMatchObject({ kind: 'succeeded', counted: true })
    expect(await hookward.explain('bot')).toMatchObject({ chartState: 'healthy.probation', held: {} })
    expect((await hookward.transitions('bot')).map(({ to }) => to).slice(0, 4)).toEqual([
      ...['healthy.probation', 'broken.probing', 'broken.holding', 'broken.probing'],
    ])
  })

  it('is repeated by nobody when the engine stops meanwhile: the delivery is held as before', async () => {
    const { hookward, receiver, again } = await disabled()
    receiver.answer('hang')
    const probe = hookward.integrations.probe('bot')
    await receiver.received(3)
    await hookward.stop({ graceMs: 0 })
    expect(await probe).toMatchObject({ kind: 'own-trouble', counted: false })
    const next = await again()
    expect((await next.explain('bot')).held).toEqual({ disabled: 2 })
  })

  it('leaves alone what is gone when it ends', async () => {
    const { hookward, receiver } = await disabled()
    receiver.answer('hang')
    const probe = hookward.integrations.probe('bot')
    await receiver.received(3)
    await hookward.integrations.remove('bot', { waiting: 'skip' })
    receiver.release(200)
    expect(await probe).toMatchObject({ counted: false })
    expect(hookward.integrations.list()).toEqual([])
  })
})

/** Two deliveries failed and are held. */
async function broken(): Promise<World> {
  const world = await startWorld({ policy })
  await world.register()
  world.receiver.answer(500)
  await world.comment()
  await world.comment()
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken', held: { broken: 2 } })
  return world
}

async function disabled(): Promise<World> {
  const world = await broken()
  await world.hookward.integrations.disable('bot', { by: 'ops' })
  await world.hookward.idle()
  return world
}
