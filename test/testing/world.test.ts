import { describe, expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { world, type World, type WorldOptions } from '../../src/testing.ts'

/** Days of virtual time, on a machine that may be busy. */
const slow = { timeout: 60_000 }

const aWorld = (options: Partial<WorldOptions> = {}) => world({ policy: 'standard', ...options })

/** A receiver that is down for four of six days. */
async function sixDays(options: Partial<WorldOptions> = {}): Promise<World> {
  const w = await aWorld(options)
  await w.register('bot')
  w.receiver('bot').answer(503).for('4d').then(200)
  w.every('1h')
  await w.run('6d')
  return w
}

describe('a world', () => {
  it.each(['disk', 'memory'] as const)('lets six days pass, and its owners hear of them (%s)', async (store) => {
    const w = await sixDays({ store })
    w.mailbox.to('ops@acme.dev').expectInOrder('broken', 'warning', 'recovered')
    expect(w.clock.now()).toBe(Date.UTC(2024, 5, 7, 12))
    expect(await w.hookward.explain('bot')).toMatchObject({ state: 'healthy' })
    expect(w.unsettled()).toEqual([])
    w.expectWell()
  })

  it(
    'is the same for the same seed, to the last line of its trace and of its log, and another for another',
    slow,
    async () => {
      const [one, same, other] = [await sixDays({ seed: 5 }), await sixDays({ seed: 5 }), await sixDays({ seed: 6 })]
      expect(one.trace.length).toBeGreaterThan(500)
      expect(same.trace).toEqual(one.trace)
      expect(await same.hookward.log('bot')).toEqual(await one.hookward.log('bot'))
      expect(other.trace).not.toEqual(one.trace)
    },
  )

  it('knows a delivery that is made anew by a replay', async () => {
    const w = await aWorld()
    await w.register('bot')
    await w.hookward.integrations.disable('bot')
    await w.emit()
    await w.hookward.integrations.enable('bot', { replay: 'none', force: true, reason: 'too old' })
    expect(await w.hookward.replay('bot', { which: 'held', as: 'fresh' })).toMatchObject({ replayed: 1 })
    await w.run('1m')
    expect(w.receiver('bot').requests).toHaveLength(1)
    expect(w.unsettled()).toEqual([])
    w.expectWell()
  })

  it('counts what happened', async () => {
    const w = await sixDays()
    const { accepted, attempts } = w.counts
    expect(accepted).toBe(6 * 24)
    expect(attempts).toBe(w.receiver('bot').requests.length)
  })

  it('begins at the moment it is told', async () => {
    const startMs = Date.UTC(2030, 0, 1)
    const w = await aWorld({ startMs })
    expect(w.clock.now()).toBe(startMs)
    expect(w.trace[0]).toBe('2030-01-01T00:00:00.000Z start')
  })

  it('does what it is told every so often, until it is told to stop, and throws what that met with', async () => {
    const w = await aWorld()
    await w.register('bot')
    const end = w.every('10m')
    await w.run('1h')
    end()
    await w.run('1h')
    expect(w.receiver('bot').requests).toHaveLength(6)
    w.every('1h', () => w.emit({ topic: 'no-topic' }))
    await expect(w.run('90m')).rejects.toMatchObject({ code: 'TOPIC_INVALID' })
  })

  it('lets time pass until a condition holds or a promise is settled, and no longer', async () => {
    const w = await aWorld()
    await w.register('bot')
    w.receiver('bot').latency('3s')
    await w.emit()
    await w.until(() => w.events.some(({ type }) => type === 'delivered'))
    expect(w.clock.now()).toBe(Date.UTC(2024, 5, 1, 12, 0, 3))
    w.receiver('bot').answer(503)
    await w.hookward.integrations.disable('bot')
    await w.emit()
    expect(await w.until(w.hookward.integrations.probe('bot'))).toMatchObject({ kind: 'failed' })
    await expect(w.until(w.hookward.integrations.enable('bot'))).rejects.toMatchObject({ code: 'PROBE_FAILED' })
    w.expectWell()
    await expect(w.until(() => false, '1h')).rejects.toThrow('did not come within 1h')
  })

  it.each([
    [{ polcy: 'standard' }, /has no field "polcy"/],
    [{ policy: 'standard', store: 'paper' }, /store must be one of disk, memory/],
    [{ policy: 'standard', engine: { clock: {} } }, /engine has no field "clock"/],
    [{ policy: 'unheard-of' }, /no policy is called "unheard-of"/],
    [{ policy: null }, /policy must not be null/],
  ])('refuses options that it cannot mean: %j', async (options, words) => {
    await expect(world(options as WorldOptions)).rejects.toThrow(words)
  })

  it.each(['4 days', 'soon', '', '-1h', '1h 2', -1, NaN, '11000d', null])('refuses the span %j', async (span) => {
    const w = await aWorld()
    await expect(w.run(span as string)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })

  it('takes spans in every unit, together too', async () => {
    const w = await aWorld()
    for (const span of ['250ms', '1.5s', '2m', '1h', '1d', '1w', '1d 12h', '1h30m', 1_000]) await w.run(span)
    const hourMs = 3_600_000
    const ms = 250 + 1_500 + 120_000 + hourMs + 24 * hourMs + 168 * hourMs + 36 * hourMs + 1.5 * hourMs + 1_000
    expect(w.clock.now()).toBe(Date.UTC(2024, 5, 1, 12) + ms)
  })
})

describe('a crash', () => {
  it.each(['process', 'power'] as const)('loses nothing that was answered (%s)', async (how) => {
    const w = await aWorld()
    await w.register('bot')
    w.receiver('bot').answer('hang')
    await w.emit()
    await w.emit()
    await w.run('1s')
    await w.crash(how)
    expect(w.isRunning).toBe(false)
    expect(() => w.hookward).toThrow('ENGINE_STOPPED')
    await w.run('2h')
    w.receiver('bot').answer(200)
    await w.restart()
    await w.run('1m')
    const ids = w.receiver('bot').requests.map(({ deliveryId }) => deliveryId)
    expect(ids).toHaveLength(4)
    expect(ids.slice(2).sort()).toEqual(ids.slice(0, 2).sort())
    expect(w.counts.crashes).toBe(1)
    w.expectWell()
  })

  it('may come at any write of the disk', slow, async () => {
    let crashes = 0
    for (let write = 1; write < 100; write += 9) {
      const w = await aWorld({ seed: write, checkpointMs: 1 })
      await w.register('bot')
      w.receiver('bot').answer(503).for('10m')
      w.disk.crashAt(write, write % 2 === 0 ? 'power' : 'process')
      const end = w.every('1m')
      await w.run('20m')
      end()
      crashes += w.counts.crashes
      if (!w.isRunning) await w.restart()
      await w.run('1d')
      expect(w.unsettled()).toEqual([])
      w.expectWell()
    }
    expect(crashes).toBe(11)
  })

  it('tells nobody of what was under way', async () => {
    const w = await aWorld()
    await w.register('bot')
    w.receiver('bot').latency('5s')
    await w.emit()
    await w.run('1s')
    await w.crash()
    await w.run('1m')
    expect(w.events).toEqual([])
  })

  it('needs a disk where the power is cut', async () => {
    const w = await aWorld({ store: 'memory' })
    await expect(w.crash('power')).rejects.toThrow('outlives no power cut')
    expect(() => w.disk.fail()).toThrow('has its store in memory')
    await w.register('bot')
    w.receiver('bot').answer(503).times(1)
    await w.emit()
    await w.crash()
    await w.restart()
    await w.run('1m')
    expect(w.receiver('bot').requests).toHaveLength(2)
    w.expectWell()
  })
})

describe('a disk', () => {
  it('that is full stops the engine by itself, and the next one goes on', async () => {
    const w = await aWorld()
    await w.register('bot')
    w.receiver('bot').answer(503).times(1)
    await w.emit()
    w.disk.fail()
    await expect(w.emit()).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
    expect(w.isRunning).toBe(false)
    expect(w.events.map(({ type }) => type)).toContain('store.failed')
    await expect(w.restart()).rejects.toThrow('ENOSPC')
    w.disk.mend()
    await w.restart()
    await w.run('1h')
    expect(w.unsettled()).toEqual([])
    w.expectWell()
  })

  it('may fail at one write alone', async () => {
    const w = await aWorld()
    await w.register('bot')
    w.disk.failAt(1)
    await expect(w.emit()).rejects.toThrow('EIO')
    await w.restart()
    await w.emit()
    await w.run('1s')
    expect(w.receiver('bot').requests).toHaveLength(1)
    w.expectWell()
  })
})

describe('another start', () => {
  it('comes after a stop in good order, and what was under way is sent again', async () => {
    const w = await aWorld()
    await w.register('bot')
    w.receiver('bot').answer('hang')
    await w.emit()
    await w.run('1s')
    await w.restart()
    w.receiver('bot').answer(200)
    await w.run('1m')
    expect(w.receiver('bot').requests.map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(w.counts.crashes).toBe(0)
    w.expectWell()
  })

  it('may have another policy', async () => {
    const w = await aWorld()
    await w.register('bot')
    await w.restart({ policy: sentry({ windowDays: 1, retriesMs: [] }) })
    w.receiver('bot').answer(404)
    await w.emit()
    await w.run('1s')
    w.mailbox.kind('disabled').expect(1)
    w.expectWell()
  })
})

describe('time of its own', () => {
  it('is set forward and back on the wall, and goes on from there', async () => {
    const w = await aWorld()
    await w.register('bot')
    w.receiver('bot').answer(503).times(1)
    await w.emit()
    await w.run('1s')
    w.clock.back('1h')
    expect(w.clock.now()).toBe(Date.UTC(2024, 5, 1, 11) + 1_000)
    await w.emit()
    await w.run('30m')
    expect(w.receiver('bot').requests).toHaveLength(3)
    w.receiver('bot').answer(503).times(1)
    await w.emit()
    await w.run('1s')
    expect(w.receiver('bot').requests).toHaveLength(4)
    w.clock.forward('2h')
    await w.run(0)
    expect(w.receiver('bot').requests).toHaveLength(5)
    w.expectWell()
  })

  it('is found out to have been set back by the time that passes', async () => {
    const w = await aWorld()
    await w.register('bot')
    w.receiver('bot').answer(503).times(1)
    await w.emit()
    await w.run('1s')
    w.clock.back('1h')
    await w.run('30s')
    expect(w.receiver('bot').requests).toHaveLength(2)
  })

  it('keeps an order through a restart, though its clock was set back', async () => {
    const w = await aWorld()
    await w.register('bot', { ordered: { by: 'integration', blockingMaxMs: 600_000 } })
    w.receiver('bot').answer(503).times(1)
    await w.emit()
    await w.run('1s')
    await w.emit()
    w.clock.back('1h')
    await w.crash()
    await w.restart()
    await w.run('1m')
    const ids = w.receiver('bot').requests.map(({ deliveryId }) => deliveryId)
    expect(ids).toEqual([ids[0], ids[0], ids[2]])
    w.expectWell()
  })

  it('goes on while the machine stands still: what was to happen happens late, and no receiver is blamed', async () => {
    const w = await aWorld()
    await w.register('bot')
    w.receiver('bot').answer('hang').times(1)
    await w.emit()
    await w.suspend('1h')
    expect(w.clock.now()).toBe(Date.UTC(2024, 5, 1, 13))
    await w.run('10s')
    const [, first] = await w.hookward.log('bot')
    expect(first).toMatchObject({ outcome: { kind: 'local', code: 'EVENT_LOOP_LATE' } })
    expect(w.unsettled()).toEqual([])
    w.expectWell()
  })

  it('may have nothing get out for a while', async () => {
    const w = await aWorld()
    await w.register('bot')
    w.cut('3s')
    await w.emit()
    await w.run('1h')
    const log = await w.hookward.log('bot')
    expect(log.map(({ outcome }) => outcome.code)).toEqual(['HTTP_200', 'ENETUNREACH'])
    expect(w.receiver('bot').requests).toHaveLength(1)
  })
})
