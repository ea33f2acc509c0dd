import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ManualClock } from '../../src/testing.ts'
import { standard } from '../../src/policy/index.ts'
import { aComment, startWorld, type World, type WorldOptions } from '../support/world.ts'
import { tapped } from './tap.ts'

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000]

/** Broken by its second failure, told after one hour and disabled after ten. */
const policy = standard({
  ...{ degradedFailures: 1, degradedSpanMs: 0, brokenFailures: 2, brokenSpanMs: 0, brokenByDead: false },
  ...{ retriesMs: [20 * 24 * hourMs], refusedAttempts: 1, quietSpanMs: 0, probesMs: [10 * minuteMs], jitter: 0 },
  ...{ disabledMs: 10 * hourMs, disabledAttempts: 4, disabledDays: 1, disabledDeliveries: 1 },
  ...{ noticeWarningsMs: [6 * hourMs, 2 * hourMs] },
})

it('does not count the time in which the engine was down, and warns nobody of what has moved away', async () => {
  const world = await broken()
  await pass(world, 3 * hourMs)
  const before = await disabledAt(world)
  await world.hookward.stop()
  world.clock.advanceBy(30 * hourMs)
  const next = { ...world, hookward: await world.again() }
  await next.hookward.idle()
  expect(await disabledAt(next)).toBe(before + 30 * hourMs)
  expect(await steps(next)).toEqual(['broken'])
  await pass(next, 2 * hourMs)
  expect(await steps(next)).toEqual(['broken', 'warning-1'])
  await pass(next, 5 * hourMs)
  expect(await steps(next)).toEqual(['broken', 'warning-1', 'warning-2', 'disabled'])
})

it('does not tell owners sooner because the engine was down meanwhile', async () => {
  const world = await broken()
  await pass(world, 30 * minuteMs)
  await world.hookward.stop()
  world.clock.advanceBy(2 * hourMs)
  const next = { ...world, hookward: await world.again() }
  await pass(next, 20 * minuteMs)
  expect(await steps(next)).toEqual([])
  await pass(next, 10 * minuteMs)
  expect(await steps(next)).toEqual(['broken'])
})

it('counts what a killed engine had lived through to half a minute', async () => {
  const store = tapped()
  const world = await broken({ store })
  await pass(world, hourMs)
  const before = await disabledAt(world)
  world.clock.advanceBy(20_000)
  const second = await store.crash()
  world.clock.advanceBy(5 * hourMs)
  const next = { ...world, hookward: await world.again({ store: second }) }
  const laterMs = (await disabledAt(next)) - before
  expect(laterMs).toBeGreaterThanOrEqual(5 * hourMs)
  expect(laterMs).toBeLessThanOrEqual(5 * hourMs + 30_000)
})

it('keeps what succeeded after time was lost where it belongs', async () => {
  const world = await startWorld({ policy: 'standard' })
  await world.register()
  await world.hookward.stop()
  world.clock.advanceBy(hourMs)
  const hookward = await world.again()
  const comment = () => hookward.notifyComment(aComment()).then(() => hookward.idle())
  for (let n = 0; n < 3; n++) await comment()
  world.receiver.answer(500)
  await comment()
  expect((await hookward.explain('bot')).evidence.facts).toMatchObject({ window: { failed: 1, total: 4 } })
})

it('adds up what several engines were down for, also for one that heard nothing in between', async () => {
  const world = await broken()
  await pass(world, hourMs)
  const before = await disabledAt(world)
  let hookward = world.hookward
  for (const downMs of [hourMs, 2 * hourMs, 4 * hourMs]) {
    await hookward.stop()
    world.clock.advanceBy(downMs)
    hookward = await world.again()
  }
  expect(await disabledAt({ ...world, hookward })).toBe(before + 7 * hourMs)
})

it('does not count a standstill, nor a clock that was set forward: nothing that fell due in it is held against anyone', async () => {
  const { world, clock } = await onAClock()
  const before = await disabledAt(world)
  clock.set(40 * hourMs)
  await world.hookward.idle()
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken' })
  expect(await disabledAt(world)).toBe(before + 40 * hourMs)
  expect(world.smtp.mails).toEqual([])
})

it('goes on where it was when the clock is set back', async () => {
  const { world, clock } = await onAClock()
  const before = await disabledAt(world)
  clock.set(-5 * hourMs)
  await world.hookward.integrations.probe('bot')
  expect(await disabledAt(world)).toBe(before - 5 * hourMs)
})

it('goes on where it was after a restart, too, whatever those know that heard nothing since the clock was set back', async () => {
  const { world, clock } = await onAClock()
  await world.register({ slug: 'other' })
  await world.hookward.integrations.disable('other')
  clock.set(-5 * hourMs)
  await world.hookward.integrations.probe('bot')
  const before = await disabledAt(world)
  await world.hookward.stop()
  clock.advanceBy(hourMs)
  expect(await disabledAt({ ...world, hookward: await world.again() })).toBe(before + hourMs)
})

describe('a clock that is set back', () => {
  it('moves a probe, which comes no later than it would have, also when nothing is signalled', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const { world, clock } = await onAClock()
    const { length } = world.receiver.requests
    const { probeAt = 0 } = await world.hookward.explain('bot')
    const leftMs = probeAt - clock.now()
    clock.set(-5 * dayMs)
    vi.advanceTimersByTime(30_000)
    await world.hookward.idle()
    expect(world.receiver.requests).toHaveLength(length)
    expect((await world.hookward.explain('bot')).probeAt).toBe(clock.now() + leftMs)
    clock.advanceBy(leftMs)
    await world.hookward.idle()
    expect(world.receiver.requests).toHaveLength(length + 1)
  })

  it('moves a retry, in memory and in the store', async () => {
    const { world, clock } = await retrying()
    clock.set(-5 * dayMs)
    await world.hookward.integrations.pause('other')
    await world.hookward.idle()
    await world.hookward.stop()
    const next = { ...world, hookward: await world.again() }
    await pass(next, hourMs - 10 * minuteMs)
    expect(world.receiver.requests).toHaveLength(1)
    await pass(next, 10 * minuteMs)
    expect(world.receiver.requests).toHaveLength(2)
  })

  it('moves a retry after a restart, too, when it was set while nobody was there', async () => {
    const { world, clock } = await retrying()
    await world.hookward.stop()
    clock.set(-5 * dayMs)
    const next = { ...world, hookward: await world.again() }
    await pass(next, hourMs)
    expect(world.receiver.requests).toHaveLength(2)
  })

  it('lets a held delivery go at once', async () => {
    const clock = settable()
    const world = await startWorld({ policy: 'standard', clock })
    await world.register()
    await world.hookward.integrations.pause('bot')
    await world.comment()
    await world.hookward.integrations.resume('bot')
    await world.hookward.idle()
    expect(world.receiver.requests).toHaveLength(1)
    await world.hookward.integrations.pause('bot')
    await world.comment()
    clock.set(-5 * dayMs)
    await world.hookward.integrations.resume('bot')
    await world.hookward.idle()
    clock.advanceBy(1_000)
    await world.hookward.idle()
    expect(world.receiver.requests).toHaveLength(2)
  })

  it('leaves a ramp at its rate, as soon as anything is accepted', async () => {
    const clock = settable()
    const world = await startWorld({ policy: 'standard', clock })
    await world.register()
    await world.hookward.integrations.disable('bot')
    for (let n = 0; n < 20; n += 1) await world.comment()
    await world.hookward.integrations.enable('bot', { force: true, reason: 'it is mended' })
    await pass({ ...world, clock }, 3_000, 1_000)
    const { length } = world.receiver.requests
    expect(length).toBeLessThan(10)
    clock.set(-5 * dayMs)
    await world.comment()
    await pass({ ...world, clock }, 3_000, 1_000)
    expect(world.receiver.requests.length).toBeGreaterThanOrEqual(length + 3)
    await pass({ ...world, clock }, 20_000, 500)
    expect((await world.hookward.explain('bot')).held).toEqual({})
  })
})

it('writes no more than one pulse at a time, and the last of all that were due meanwhile', async () => {
  const store = tapped()
  const world = await startWorld({ policy, store })
  let writing = 0
  const pulses: number[] = []
  const slow = {
    ...store,
    pulse: async (pulse: { at: number; lostMs: number }) => {
      expect((writing += 1)).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      pulses.push(pulse.at)
      writing -= 1
    },
  }
  await world.hookward.stop()
  const next = await world.again({ store: slow })
  world.clock.advanceBy(100 * hourMs)
  await next.idle()
  expect(pulses).toHaveLength(2)
  expect(pulses[1]).toBe(world.clock.now())
})

/** A clock that can be set: timers that are due by then run at once, none of them at its own time. */
function settable(): ManualClock & { set(byMs: number): void } {
  let now = Date.UTC(2024, 5, 1, 12)
  const timers = new Set<{ readonly atMs: number; readonly fn: () => void }>()
  const run = (untilMs: number, isStanding = false) => {
    for (;;) {
      const [next] = [...timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)
      if (next === undefined) return
      timers.delete(next)
      now = isStanding ? now : Math.max(now, next.atMs)
      next.fn()
    }
  }
  const clock: ReturnType<typeof settable> = {
    now: () => now,
    at: (atMs, fn) => {
      const timer = { atMs, fn }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advanceTo: (atMs) => {
      run(atMs)
      now = Math.max(now, atMs)
    },
    advanceBy: (ms) => clock.advanceTo(now + ms),
    set: (byMs) => {
      now += byMs
      run(now, true)
    },
  }
  return clock
}

async function onAClock(): Promise<{ readonly world: World; readonly clock: ReturnType<typeof settable> }> {
  const clock = settable()
  const world = await broken({ clock })
  const moved = { ...world, clock }
  await pass(moved, 50 * minuteMs)
  return { world: moved, clock }
}

/** One delivery that failed once and comes again after an hour. */
async function retrying() {
  const clock = settable()
  const rule = standard({ retriesMs: [hourMs, 20 * dayMs], refusedAttempts: 1, jitter: 0 })
  const world = { ...(await startWorld({ policy: rule, clock })), clock }
  await world.register()
  await world.register({ slug: 'other', topics: ['never'] })
  world.receiver.answer(500)
  await world.comment()
  expect(world.receiver.requests).toHaveLength(1)
  return { world, clock }
}

async function broken(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ policy, ...options })
  await world.register()
  world.receiver.answer(500)
  await world.comment()
  await world.comment()
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken' })
  return world
}

async function pass({ hookward, clock }: World, spanMs: number, stepMs = 10 * minuteMs): Promise<void> {
  for (let passedMs = 0; passedMs < spanMs; passedMs += stepMs) {
    clock.advanceBy(stepMs)
    await hookward.idle()
  }
}

async function disabledAt({ hookward }: World): Promise<number> {
  const { next } = await hookward.explain('bot')
  expect(next?.to).toBe('disabled')
  return next?.at ?? 0
}

async function steps({ hookward }: World): Promise<readonly string[]> {
  return (await hookward.notices('bot')).map(({ notice }) => notice.step)
}
