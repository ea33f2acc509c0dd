import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createHookward, memoryStore } from '../../src/index.ts'
import { sentry } from '../../src/policy/health/sentry.ts'
import { migrateToRestate, restate, serveRestate } from '../../src/restate.ts'
import { manualClock } from '../../src/testing.ts'
import { startReceiver } from '../support/receiver.ts'
import { key, skipped, startRestate, type RestateServer } from '../support/restate.ts'
import { startSmtp } from '../support/smtp.ts'
import { hookward } from '../support/cli.ts'
import { aComment, aFolder, anIntegration } from '../support/world.ts'

describe.skipIf(skipped !== '')(`moving from a store to Restate ${skipped}`, () => {
  let server: RestateServer
  beforeAll(async () => {
    server = await startRestate()
  }, 60_000)
  afterAll(() => server.stop())

  it(
    'brings everything there once, says how much, and goes on where the engine stopped',
    { timeout: 60_000 },
    async () => {
      const [receiver, smtp] = await Promise.all([startReceiver(), startSmtp()])
      const clock = manualClock()
      const shared = {
        policy: sentry({ windowDays: 2, retriesMs: [] }),
        clock,
        network: { allow: ['127.0.0.0/8'] },
        mail: { url: smtp.url, from: 'hooks@example.com' },
      }
      const store = memoryStore()
      const before = await createHookward({ ...shared, store })
      for (const slug of ['bot', 'off', 'dry']) {
        await before.integrations.put({ ...anIntegration(receiver.url), slug, topics: ['comment'] })
        await before.installations.install({ integration: slug, organization: 'acme' }, { announce: false })
      }
      receiver.answer(({ headers }) => (headers['sentry-hook-resource'] === undefined ? 200 : 404))
      const keyed = await before.notifyComment(aComment('one that dies'), { key: 'comment-1' })
      await before.idle()
      await before.integrations.pause('bot', { by: 'ada' })
      await before.integrations.disable('off', { by: 'ada' })
      await before.notifyComment(aComment('one that waits'))
      await before.idle()
      const [explained, held, told, hours] = await Promise.all([
        before.explain('off'),
        before.held('bot'),
        before.notices('off'),
        before.hours('dry'),
      ])
      await before.stop()

      const { admin, ingress } = server
      const worker = await serveRestate({ ...shared, key, port: 0, admin })
      const moved = await migrateToRestate({ store, clock, ingress, key })
      expect(moved).toEqual({
        ...moved,
        moved: 3,
        known: 0,
        installations: 3,
        keys: 1,
        waiting: 0,
        held: 2,
        notices: 1,
        letters: 2,
      })
      expect(moved.dead).toBeGreaterThanOrEqual(3)
      expect(await migrateToRestate({ store, ingress, key })).toMatchObject({ moved: 0, known: 3, held: 2 })

      const after = await createHookward({ runtime: restate({ ingress, key }), clock })
      onTestFinished(async () => {
        await after.stop()
        await worker.stop()
        await Promise.all([receiver.close(), smtp.close()])
      })
      await after.idle()
      expect(await after.explain('off')).toEqual(explained)
      expect(await after.held('bot')).toEqual(held)
      expect(await after.notices('off')).toEqual(told)
      expect(hours).toMatchObject([{ ok: 0, failed: 2 }])
      expect(await after.hours('dry')).toEqual(hours)
      expect(await after.notifyComment(aComment('one that dies'), { key: 'comment-1' })).toMatchObject({
        eventId: keyed.eventId,
        duplicate: true,
      })
      await expect(after.notifyComment(aComment('another'), { key: 'comment-1' })).rejects.toThrow('CONFLICT')
      expect((await after.log('bot')).map(({ deliveryId }) => deliveryId).length).toBeGreaterThan(0)
      receiver.answer(200)
      await after.integrations.resume('bot', { by: 'ada' })
      await after.idle()
      expect(String(receiver.requests.at(-1)?.body)).toContain('one that waits')
      expect(smtp.mails).toHaveLength(2)
    },
  )

  it('is a command, which refuses what it cannot move and prints what it moved', { timeout: 60_000 }, async () => {
    const [dir, { admin, ingress }] = [await aFolder(), server]
    const [from, HOOKWARD_KEY] = [['migrate', '--to', 'restate', '--ingress', ingress, '--dir'], key]
    const before = await createHookward({ dir })
    await before.integrations.put({ ...anIntegration('https://acme.example'), slug: 'by-hand' })
    await before.installations.install({ integration: 'by-hand', organization: 'acme' }, { announce: false })
    await before.integrations.pause('by-hand', { by: 'ada' })
    await before.notifyComment(aComment('one that waits'))
    await before.idle()
    const worker = await serveRestate({ key, port: 0, admin })
    onTestFinished(() => worker.stop())
    const locked = await hookward([...from, dir], { HOOKWARD_KEY })
    expect([locked.code, locked.stderr]).toEqual([1, expect.stringMatching(/^STORE_LOCKED/)])
    await before.stop()
    const nowhere = await hookward([...from, `${dir}/surely`], { HOOKWARD_KEY })
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringMatching(/^STORE_REQUIRED/)])
    const { code, json } = await hookward([...from, dir, '--json'], { HOOKWARD_KEY })
    const none = { known: 0, keys: 0, waiting: 0, dead: 0, notices: 0, letters: 0 }
    expect([code, json()]).toEqual([0, { ...none, moved: 1, installations: 1, held: 1 }])
    const again = await hookward(from.slice(0, -1), { HOOKWARD_KEY, HOOKWARD_STORE: dir })
    expect(again.stdout).toBe(
      '0 integrations moved, 1 were there already; 1 installations, 0 keys\n' +
        '0 deliveries that wait, 1 held, 0 dead letters, 0 notices with 0 letters\n',
    )
  })
})
