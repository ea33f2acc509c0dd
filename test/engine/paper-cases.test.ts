import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { closedPort, startReceiver, type PlainAnswer, type ReceivedRequest } from '../support/receiver.ts'
import { startWorld, type World } from '../support/world.ts'

const [secondMs, minuteMs, hourMs, dayMs] = [1_000, 60_000, 3_600_000, 86_400_000]

describe('a weekly integration', () => {
  it('that fails once after a good week is healthy a second later, and for the weeks to come', async () => {
    const world = await standardWorld()
    await world.comment('1')
    await pass(world, 7 * dayMs, 6 * hourMs)
    world.answers(500, 200)
    await world.comment('2')
    await pass(world, 10 * secondMs, secondMs)
    expect(texts(world)).toEqual(['1', '2', '2'])
    await pass(world, 21 * dayMs, 6 * hourMs)
    expect(await statesOf(world)).toEqual([])
    expect(await world.hookward.explain('bot')).toMatchObject({ state: 'healthy', held: {} })
  })

  it('that is down for four days after a good week is held and probed, and is back with what it missed', async () => {
    const world = await standardWorld()
    await world.comment('1')
    await pass(world, 7 * dayMs, 6 * hourMs)
    world.answers(500)
    await world.comment('2')
    await pass(world, 4 * dayMs, 30 * minuteMs)
    expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken', held: { broken: 1 } })
    world.answers(200)
    await pass(world, 2 * hourMs, minuteMs)
    expect(await world.hookward.explain('bot')).toMatchObject({ state: 'healthy', held: {} })
    expect(world.accepted).toEqual(['1', '2'])
  })
})

describe('a daily integration', () => {
  it('whose host is dead has its owners told within a day, and is not disabled', async () => {
    const world = await standardWorld({ url: `http://127.0.0.1:${await closedPort()}/hook` })
    await world.comment()
    await pass(world, dayMs, 10 * minuteMs)
    expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken' })
    const subject = 'Action required: Events for your Acme Bot integration are held back'
    expect(world.smtp.mails.map((mail) => mail.subject)).toEqual([subject, subject])
    expect(world.smtp.mails.flatMap(({ to }) => to).sort()).toEqual(['ada@acme.example', 'grace@acme.example'])
  })

  it('that answers 503 with Retry-After for ever ends disabled, and its owners are told of each step once', async () => {
    const world = await standardWorld()
    world.answers({ status: 503, headers: { 'retry-after': '1800' } })
    for (let day = 0; day < 5; day += 1) {
      await world.comment(String(day))
      await pass(world, dayMs, 30 * minuteMs)
    }
    expect(await world.hookward.explain('bot')).toMatchObject({ state: 'disabled', held: { disabled: 5 } })
    const steps = (await world.hookward.notices('bot')).map(({ notice }) => notice.step)
    expect(steps).toEqual(['broken', 'warning-1', 'warning-2', 'disabled'])
    expect(world.smtp.mails).toHaveLength(8)
  })
})

it('is not broken by a burst of 50 failures within half a second, and loses none of them', async () => {
  const world = await standardWorld()
  for (let n = 0; n < 10; n += 1) await world.comment(`before ${n}`)
  await pass(world, hourMs, 30 * minuteMs)
  world.answers(500)
  for (let n = 0; n < 50; n += 1) {
    await world.comment(`burst ${n}`)
    world.clock.advanceBy(10)
  }
  world.answers(200)
  await pass(world, 20 * secondMs, secondMs)
  expect((await statesOf(world)).map((state) => state.split('.')[0])).not.toContain('broken')
  expect(await world.hookward.explain('bot')).toMatchObject({ held: {} })
  const burst = world.accepted.filter((text) => text.startsWith('burst'))
  expect(burst.sort()).toEqual(Array.from({ length: 50 }, (_, n) => `burst ${n}`).sort())
})

it('enables a published integration that asked for its end: the receiver is tried first, and gets what it missed', async () => {
  const world = await standardWorld({ status: 'published' })
  world.answers(410)
  await world.comment('gone')
  for (const text of ['1', '2', '3']) await world.comment(text)
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'disabled', held: { disabled: 3 } })
  await expect(world.hookward.integrations.enable('bot')).rejects.toMatchObject({ code: 'PROBE_FAILED' })
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'disabled', held: { disabled: 3 } })
  world.answers(200)
  await pass(world, 5 * minuteMs, minuteMs)
  await world.hookward.integrations.enable('bot')
  await pass(world, 10 * secondMs, 250)
  expect(await world.hookward.explain('bot')).toMatchObject({ chartState: 'healthy.probation', held: {} })
  expect(world.accepted.toSorted()).toEqual(['1', '2', '3'])
})

it('never disables a published integration by itself, however long its host is dead: its owners are told', async () => {
  const world = await standardWorld({ status: 'published' })
  world.answers(500)
  for (let day = 0; day < 8; day += 1) {
    await world.comment(String(day))
    await pass(world, dayMs, 30 * minuteMs)
  }
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken', held: { broken: 8 } })
  expect((await world.hookward.notices('bot')).map(({ notice }) => notice.step)).toEqual(['broken'])
})

describe('a URL that is changed while it is broken', () => {
  it('is probed at once, and the integration is back when it answers', async () => {
    const world = await brokenWorld(['1', '2', '3'])
    const moved = await startReceiver()
    const made = world.receiver.requests.length
    await world.register({ url: `${moved.url}/hook` })
    await world.hookward.idle()
    expect(moved.requests).toHaveLength(1)
    await pass(world, minuteMs, 250)
    expect(await world.hookward.explain('bot')).toMatchObject({ chartState: 'healthy.probation', held: {} })
    expect(moved.requests.map(textOf).sort()).toEqual(['1', '2', '3'])
    expect(world.receiver.requests).toHaveLength(made)
    await moved.close()
  })

  it('is probed no further when it does not answer: the next probe comes as before', async () => {
    const world = await brokenWorld(['1', '2', '3'])
    const moved = await startReceiver()
    moved.answer(500)
    await world.register({ url: `${moved.url}/hook` })
    await world.hookward.idle()
    await pass(world, minuteMs, secondMs)
    expect(moved.requests).toHaveLength(1)
    expect(await world.hookward.explain('bot')).toMatchObject({ chartState: 'broken.holding', held: { broken: 3 } })
    await moved.close()
  })

  it('is not tried while the integration is disabled', async () => {
    const world = await brokenWorld(['1'])
    await world.hookward.integrations.disable('bot')
    const made = world.receiver.requests.length
    await world.register({ url: `${world.receiver.url}/other` })
    await pass(world, hourMs, 10 * minuteMs)
    expect(world.receiver.requests).toHaveLength(made)
  })
})

describe('an integration that recovered', () => {
  const wanted = Array.from({ length: 40 }, (_, n) => String(n))

  it.each([
    ['in order, where that is asked for', { ordered: { by: 'integration', blockingMaxMs: dayMs } } as const],
    ['in any order else', {}],
  ])('gets every held delivery exactly once, %s', async (_, input) => {
    const world = await standardWorld(input)
    world.answers(404)
    for (const text of wanted.slice(0, 20)) {
      await world.comment(text)
      await pass(world, minuteMs, 20 * secondMs)
    }
    await pass(world, 12 * hourMs, 10 * minuteMs)
    expect((await world.hookward.explain('bot')).state).toBe('broken')
    for (const text of wanted.slice(20, 30)) await world.comment(text)
    world.answers(200)
    for (let n = 0; n < 70 && (await world.hookward.explain('bot')).state === 'broken'; n += 1)
      await pass(world, minuteMs, 10 * secondMs)
    for (const text of wanted.slice(30)) await world.comment(text)
    await pass(world, minuteMs, 250)
    expect(await world.hookward.explain('bot')).toMatchObject({ chartState: 'healthy.probation', held: {} })
    const sent = world.accepted
    expect('ordered' in input ? sent : sent.toSorted((a, b) => Number(a) - Number(b))).toEqual(wanted)
  })
})

/** What its receiver accepted stands in `accepted`, in order: what arrived twice stands there twice. */
interface PaperWorld extends World {
  readonly accepted: string[]
  /** What the next requests are answered; the last repeats. */
  readonly answers: (...answers: readonly (number | PlainAnswer)[]) => void
}

async function standardWorld(input: Parameters<World['register']>[0] = {}): Promise<PaperWorld> {
  const world = await startWorld({ policy: 'standard', store: memoryStore() })
  const accepted: string[] = []
  const answers: PaperWorld['answers'] = (...all) =>
    world.receiver.answer(
      ...all.map((answer) => (request: ReceivedRequest) => {
        if (answer === 200) accepted.push(textOf(request))
        return answer
      }),
    )
  answers(200)
  await world.register(input)
  return { ...world, accepted, answers }
}

/** Broken by a day without an answer, with these comments in the ledger; the next probe is far away. */
async function brokenWorld(comments: readonly string[]): Promise<PaperWorld> {
  const world = await standardWorld()
  world.answers(404)
  for (const text of comments) await world.comment(text)
  await pass(world, dayMs, 10 * minuteMs)
  expect(await world.hookward.explain('bot')).toMatchObject({ state: 'broken', held: { broken: comments.length } })
  const { probeAt = 0 } = await world.hookward.explain('bot')
  await pass(world, probeAt - world.clock.now(), probeAt - world.clock.now())
  return world
}

/** Moves the clock on in steps, so that everything that falls due in between is done in its turn. */
async function pass({ hookward, clock }: World, spanMs: number, stepMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < spanMs; passedMs += stepMs) {
    clock.advanceBy(stepMs)
    await hookward.idle()
  }
}

async function statesOf({ hookward }: World): Promise<readonly string[]> {
  return (await hookward.transitions('bot')).map(({ to }) => to).reverse()
}

function texts({ receiver }: World): readonly string[] {
  return receiver.requests.map(textOf)
}

function textOf({ body }: ReceivedRequest): string {
  return (JSON.parse(body.toString()) as { readonly data: { readonly comment: string } }).data.comment
}
