import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readStore } from '../../src/adapters/lowdb/store-tools.ts'
import { manualClock } from '../../src/testing.ts'
import type { Explained } from '../../src/cli/commands/explain.ts'
import { hookward, type Ran } from '../support/cli.ts'
import { streak } from '../support/streak-policy.ts'
import { aFolder } from '../support/world.ts'
import { stand } from './stand.ts'

/** An engine with a history in its folder: something delivered, something refused, something held. */
async function lived() {
  const world = await stand({ policy: 'standard' })
  const { comment, hookward: engine, receiver, register } = world
  await register()
  await register({ slug: 'quiet', topics: ['issue'] })
  await comment('one')
  receiver.answer({ status: 503, body: 'upstream is busy' })
  for (let n = 0; n < 11; n += 1) {
    await comment(`refused ${n}`)
    world.clock.advanceBy(40_000)
  }
  await engine.idle()
  const read = async (...args: string[]) => (await hookward([...args, '--store', world.dir, '--json'])).json()
  const asked = async (...args: string[]) => (await world.run([...args, '--json'])).json()
  return { ...world, read, asked }
}

/** Two comments were refused for good. */
async function dying() {
  const world = await stand()
  await world.register()
  world.receiver.answer(400)
  await world.comment('one')
  await world.comment('two')
  const read = async (...args: string[]) => (await hookward([...args, '--store', world.dir, '--json'])).json()
  const asked = async (...args: string[]) => (await world.run([...args, '--json'])).json()
  return { ...world, read, asked }
}

function files(dir: string): readonly (readonly [string, string])[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(dir, name)).isFile())
    .map((name) => [name, readFileSync(join(dir, name), 'utf8')])
}

describe('the folder of a store', () => {
  it('tells beside the engine that has it what that engine tells', async () => {
    const { asked, read } = await lived()
    type Rows = { rows: { integration: string; state: string; held: number; since: number }[] }
    const rowsOf = (list: unknown) =>
      (list as Rows).rows.map(({ integration, state, held, since }) => [integration, state, held, since])
    expect(rowsOf(await read('ls'))).toEqual(rowsOf(await asked('ls')))
    expect(await read('log', 'bot')).toEqual(await asked('log', 'bot'))
    expect(await read('held', 'bot')).toEqual(await asked('held', 'bot'))
    expect(await read('dead', 'bot')).toEqual(await asked('dead', 'bot'))
    const [folder, engine] = [await read('show', 'bot'), await asked('show', 'bot')]
    for (const part of ['integration', 'installations', 'transitions', 'audit', 'notices', 'hours'])
      expect((folder as Record<string, unknown>)[part], part).toEqual((engine as Record<string, unknown>)[part])
  })

  it('explains by the verdict as it was last written, with what is missing for a worse one', async () => {
    const { asked, read } = await lived()
    const [folder, engine] = [await read('explain', 'bot'), await asked('explain', 'bot')]
    const { explanation } = folder as { explanation: { whyNot: object[]; evidence: { rule: string } } }
    expect(explanation).toMatchObject({ state: 'broken', evidence: { rule: 'failures-in-a-row' } })
    expect(explanation.whyNot).toHaveLength(1)
    expect((folder as { lastErrors: object }).lastErrors).toEqual((engine as { lastErrors: object }).lastErrors)
    expect(await read('explain', 'quiet')).toMatchObject({ explanation: { state: 'healthy' }, lastErrors: [] })
  })

  it('counts in a dry run what an engine on it would send once more', async () => {
    const { asked, clock, dir, hookward: engine, read } = await dying()
    const dry = ['replay', 'bot', '--dry-run'] as const
    for (const more of [[], ['--which', 'held'], ['--topic', 'issue'], ['--limit', '1']]) {
      const { folder, ...counts } = (await read(...dry, ...more)) as { folder: object }
      expect(counts).toEqual(await asked(...dry, ...more))
      expect(folder).toMatchObject({ dir, engine: 'running' })
    }
    const [dead] = (await engine.dead('bot')).entries
    expect(await read(...dry, '--id', dead?.deliveryId ?? '')).toMatchObject({ matched: 1, replayed: 1 })
    expect(await read(...dry, '--failed-since', new Date(clock.now()).toISOString())).toMatchObject({ matched: 2 })
    await engine.integrations.pause('bot', { reason: 'because' })
    const { code, stderr } = await hookward([...dry, '--store', dir])
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^INTEGRATION_CLOSED: nothing is sent while bot is paused/),
    ])
  })

  it('tells the numbers of now, beside an engine and after it, and says of when and whence they are', async () => {
    const clock = manualClock(Date.now() - 20 * 60_000)
    const world = await stand({ policy: 'standard', clock })
    await world.register()
    world.receiver.answer(200, 503)
    await world.comment('one that arrives')
    for (let n = 0; n < 5; n += 1) {
      await world.comment(`refused ${n}`)
      clock.advanceBy(10_000)
    }
    for (let left = Infinity; left > 5_000; left = Date.now() - clock.now()) {
      clock.advanceBy(Math.min(30_000, left))
      await world.hookward.idle()
    }
    const told = (ran: Ran) => ran.json() as Explained
    const read = async () => told(await hookward(['explain', 'bot', '--store', world.dir, '--json']))
    const { evidence } = told(await world.run(['explain', 'bot', '--json'])).explanation
    const beside = await read()
    expect(beside.explanation.evidence).toMatchObject({ rule: evidence.rule, facts: evidence.facts })
    expect(beside.folder).toMatchObject({ engine: 'running', recorded: [] })
    const record = (await readStore(world.dir)).model.recovered([]).records[0]
    expect(record?.context.verdict.evidence.facts).not.toEqual(evidence.facts)
    await world.hookward.stop()
    const { folder, explanation } = await read()
    expect(explanation).toMatchObject({
      state: 'degraded',
      evidence: { rule: evidence.rule, facts: { window: { failed: 0, total: 0, inARow: 5 } } },
    })
    expect(folder).toMatchObject({ dir: world.dir, engine: 'stopped', heardAt: expect.any(Number) as number })
    for (const args of [
      ['ls'],
      ['show', 'bot'],
      ['explain', 'bot'],
      ['log', 'bot'],
      ['held', 'bot'],
      ['dead', 'bot'],
    ]) {
      const { stdout } = await hookward([...args, '--store', world.dir])
      expect(stdout).toMatch(
        /^As of 20\S+Z, from the folder \S+: no engine has it open; the last was heard of at 20\S+Z, and the time since counts for nothing\.\n\n/,
      )
    }
  })

  it('says which numbers are as they were written, because only the host has the policy', async () => {
    const { comment, dir, receiver, register } = await stand({ policy: streak() })
    await register()
    receiver.answer(503)
    await comment()
    expect((await hookward(['ls', '--store', dir, '--json'])).json()).toMatchObject({ folder: { recorded: ['bot'] } })
    const { stdout } = await hookward(['explain', 'bot', '--store', dir])
    expect(stdout).toContain("\nThe numbers of bot are as they were last written: the policy is the host's own.\n\n")
  })

  it('tells the same when the engine has ended, and is not touched', async () => {
    const { asked, dir, hookward: engine, read } = await lived()
    const told = await asked('log', 'bot')
    await engine.stop({ graceMs: 0 })
    const before = files(dir)
    expect(await read('log', 'bot')).toEqual(told)
    await Promise.all([read('ls'), read('show', 'bot'), read('held', 'bot')])
    expect(files(dir)).toEqual(before)
  })

  it('tells the same where the machine went down before the log of requests was written', async () => {
    const { asked, dir } = await lived()
    const image = await aFolder()
    cpSync(dir, image, { recursive: true })
    rmSync(join(image, 'requests'), { recursive: true, force: true })
    expect((await hookward(['log', 'bot', '--store', image, '--json'])).json()).toEqual(await asked('log', 'bot'))
  })

  it.each([
    [['pause', 'bot', '--reason', 'because']],
    [['send', 'bot', 'a.b', '--reason', 'because']],
    [['tail']],
    [['replay', 'bot']],
    [['import', '-']],
    [['disable', 'bot']],
  ])('is only read: %j says where to go instead', async (args) => {
    const { dir } = await lived()
    const { code, stderr } = await hookward([...args, '--store', dir])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^FOLDER_ONLY_READ: .*HOOKWARD_URL/)])
  })
})
