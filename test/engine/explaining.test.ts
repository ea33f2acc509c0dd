import { expect, it } from 'vitest'
import { standard, type Policy } from '../../src/policy/index.ts'
import { startWorld, type WorldOptions } from '../support/world.ts'

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000]
/** Each delivery is sent once. */
const once = standard({ retriesMs: [], refusedAttempts: 1, brokenByDead: false }) as unknown as Policy

it('tells the numbers of the moment at which it is asked', async () => {
  const { clock, hookward } = await failedOnce()
  const told = async () => {
    const { evidence, sentence, whyNot } = await hookward.explain('bot')
    return [evidence.summary, whyNot[0]?.because, sentence].map((text) => text?.match(/\d of \d failed/)?.[0])
  }
  expect(await told()).toEqual(['1 of 2 failed', '1 of 2 failed', '1 of 2 failed'])
  clock.advanceBy(3 * dayMs)
  await hookward.idle()
  expect(await told()).toEqual(['0 of 0 failed', '0 of 0 failed', '0 of 0 failed'])
})

it('tells the same in short, of all of them', async () => {
  const { clock, hookward } = await failedOnce()
  clock.advanceBy(3 * dayMs)
  await hookward.idle()
  const { evidence } = await hookward.explain('bot')
  expect(evidence.summary).toContain('0 of 0 failed')
  expect((await hookward.overview()).integrations[0]?.summary).toBe(evidence.summary)
})

it('writes nothing when it is asked', async () => {
  const { clock, hookward } = await failedOnce()
  clock.advanceBy(minuteMs)
  await hookward.explain('bot')
  await hookward.idle()
  expect((await hookward.overview()).integrations).toMatchObject([
    { summary: '1 of 2 failed in the last 10 min, 1 in a row' },
  ])
})

it('leaves the time out that was lost and that nobody told it of', async () => {
  const world = await failedOnce()
  await world.hookward.stop()
  world.clock.advanceBy(hourMs)
  const hookward = await world.again()
  expect((await hookward.explain('bot')).evidence.summary).toBe('1 of 2 failed in the last 10 min, 1 in a row')
})

it('tells what was decided where the rule throws over the question', async () => {
  let throws = false
  const judge: Policy['judge'] = (memory, at) => {
    if (throws) throw new Error('no verdict')
    return once.judge(memory, at)
  }
  const { clock, hookward } = await failedOnce({ policy: { ...once, judge } })
  throws = true
  clock.advanceBy(hourMs)
  expect((await hookward.explain('bot')).evidence.summary).toBe('1 of 2 failed in the last 10 min, 1 in a row')
})

it('says who switched it off, however long ago', async () => {
  const { clock, hookward } = await failedOnce()
  await hookward.integrations.disable('bot', { by: 'ada', reason: 'too loud' })
  clock.advanceBy(30 * dayMs)
  expect((await hookward.explain('bot')).evidence.summary).toBe('switched off by ada: too loud')
})

/** One success, and one failure of now. */
async function failedOnce(options: WorldOptions = {}) {
  const world = await startWorld({ policy: once, ...options })
  await world.register()
  await world.comment()
  world.receiver.answer(500)
  await world.comment()
  world.receiver.answer(200)
  return world
}
