import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hookward } from '../support/cli.ts'
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
    [['replay', 'bot', '--dry-run']],
  ])('is only read: %j says where to go instead', async (args) => {
    const { dir } = await lived()
    const { code, stderr } = await hookward([...args, '--store', dir])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^FOLDER_ONLY_READ: .*HOOKWARD_URL/)])
  })
})
