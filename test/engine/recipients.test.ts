import { expect, it } from 'vitest'
import type { ChooseRecipients } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { startWorld, type World } from '../support/world.ts'

/** The first 4xx disables. */
const policy = sentry({ windowDays: 1, retriesMs: [] })
const minuteMs = 60_000
const retriesMs = [1, 5, 30, 120, 360, 1_440].map((minutes) => minutes * minuteMs)

it('mails whom the host names, who sees what it is about and no secret', async () => {
  const asked: Parameters<ChooseRecipients>[] = []
  const world = await disabledWith((...args) => {
    asked.push(args)
    return Promise.resolve([{ email: 'on-call@example.com' }, { email: 'On-Call@example.com', name: 'Twice' }])
  })
  expect(world.smtp.mails.flatMap(({ to }) => to)).toEqual(['on-call@example.com'])
  expect(asked).toMatchObject([
    [
      { id: 'bot', organization: 'acme' },
      { kind: 'disabled', explanation: {} },
    ],
  ])
  expect(JSON.stringify(asked)).not.toContain('test-client-secret')
})

it('asks again when the host fails, and then mails once', async () => {
  let calls = 0
  const world = await disabledWith(() => {
    if ((calls += 1) <= 2) throw new Error('the directory is down')
    return [{ email: 'on-call@example.com' }]
  })
  expect(await rows(world)).toMatchObject([
    { status: 'pending', tries: 1, dueAt: world.clock.now() + minuteMs, error: 'Error: the directory is down' },
  ])
  world.clock.advanceBy(minuteMs)
  await world.hookward.idle()
  world.clock.advanceBy(5 * minuteMs)
  await world.hookward.idle()
  expect([calls, world.smtp.mails.length]).toEqual([3, 1])
  const [row] = await rows(world)
  expect(row?.status).toBe('done')
  expect(row).not.toHaveProperty('error')
})

it('asks again after a restart, when it is due and not before', async () => {
  const world = await disabledWith(() => Promise.reject(new Error('down')))
  await world.hookward.stop()
  const named = { recipients: () => [{ email: 'on-call@example.com' }] }
  const next = await world.again(named)
  await next.idle()
  expect(world.smtp.mails).toEqual([])
  world.clock.advanceBy(minuteMs)
  await next.idle()
  expect(world.smtp.mails).toHaveLength(1)
})

it.each<[string, () => unknown, string]>([
  ['fails each time', () => Promise.reject(new Error('down')), 'Error: down'],
  ['answers no list', () => 'ops@example.com', 'OWNER_INVALID'],
  ['answers no address', () => [{ email: 'nobody' }], 'OWNER_INVALID'],
  ['names more than 64', () => Array.from({ length: 65 }, (_, n) => ({ email: `a${n}@b.c` })), 'OWNER_INVALID'],
])('gives up aloud a notice whose host %s', async (_, choose, error) => {
  const world = await disabledWith(choose as ChooseRecipients)
  for (const waitMs of retriesMs) {
    world.clock.advanceBy(waitMs)
    await world.hookward.idle()
  }
  const text = expect.stringContaining(error) as string
  expect(await rows(world)).toMatchObject([{ status: 'undeliverable', tries: 7, error: text }])
  expect(world.events.filter(({ type }) => type === 'notice.failed')).toMatchObject([{ error: text }])
  expect(world.smtp.mails).toEqual([])
})

it('says so when the host names nobody', async () => {
  const world = await disabledWith(() => [])
  expect(await rows(world)).toMatchObject([{ status: 'undeliverable', error: 'nobody is to be told' }])
})

it('is refused when it is no function', async () => {
  await expect(startWorld({ recipients: [] as never })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
})

async function disabledWith(recipients: ChooseRecipients): Promise<World> {
  const world = await startWorld({ policy, recipients })
  await world.register()
  world.receiver.answer(404)
  await world.comment()
  return world
}

async function rows({ hookward }: World) {
  return (await hookward.notices('bot')).map(({ notice }) => notice)
}
