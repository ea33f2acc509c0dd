import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { begun, hookward, type Ran } from '../support/cli.ts'
import { stand } from './stand.ts'

const why = ['--reason', 'because', '--yes'] as const

/** One takes its time, one needs a cluster; their own tests look at what they print. */
const elsewhere = ['demo', 'migrate']

/** What each command prints with `--json`, on an engine that has something to tell of everything. */
async function printed(): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const {
    clock,
    comment,
    dir,
    env,
    receiver,
    register,
    run,
    hookward: engine,
  } = await stand({ policy: 'standard' }, { import: true })
  await register()
  const tail = begun(['tail', 'bot', '--count', '2', '--json'], env)
  await tail.until('listening')
  receiver.answer(400)
  await comment('one')
  clock.advanceBy(10 * 3_600_000)
  await engine.idle()
  clock.advanceBy(30 * 3_600_000)
  await engine.idle()
  receiver.answer(503)
  for (let n = 0; n < 12; n += 1) {
    await comment(`refused ${n}`)
    clock.advanceBy(40_000)
  }
  await engine.idle()
  const all = new Map<string, readonly unknown[]>()
  const add = (name: string, ...values: readonly Ran[]) =>
    all.set(name, [
      ...(all.get(name) ?? []),
      ...values.flatMap(({ stdout }) =>
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      ),
    ])
  const json = (name: string, ...args: readonly string[]) => run([...name.split(' '), ...args, '--json'])
  const [entry] = (await json('log', 'bot', '--limit', '1')).json() as { deliveryId: string }[]
  for (const [name, ...args] of [
    ['ls'],
    ['show', 'bot'],
    ['show', 'bot', entry?.deliveryId ?? ''],
    ['explain', 'bot'],
    ['log', 'bot'],
    ['held', 'bot', '--limit', '2'],
    ['dead', 'bot'],
    ['probe', 'bot', '--reason', 'because'],
    ['send', 'bot', 'a.b', '--reason', 'because'],
    ['simulate', 'bot'],
    ['simulate', '--trace', 'oneAWeek'],
    ['traces'],
    ['traces', 'oneAWeek'],
    ['chart'],
    ['chart', 'webhook'],
    ['store check', dir],
    ['store show', dir],
    ['doctor', '--host', 'surely.invalid'],
  ] as const)
    add(name, await json(name, ...args))
  const input = 'slug,organization,url\nnew,acme,nowhere'
  add('import', await run(['import', '-', '--dry-run', '--json'], { input }))
  receiver.answer(200)
  for (const order of ['pause', 'resume', 'disable', 'enable'] as const)
    add(order, await json(order, 'bot', '--reason', 'because', ...(order === 'disable' ? ['--yes'] : [])))
  await engine.idle()
  receiver.answer(400)
  add('replay', await json('replay', 'bot', '--dry-run'), await json('replay', 'bot', '--limit', '1', '--wait', ...why))
  add('tail', await tail.ended)
  await engine.stop({ graceMs: 0 })
  add('store fix', await hookward(['store', 'fix', dir, '--json']))
  add('dev', await played())
  return all
}

/** A playground that is mended by keys, so that its owners are told. */
async function played(): Promise<Ran> {
  const playing = begun(['dev', '--broken', '--port', '0', '--json'])
  await playing.until('q quits.')
  for (const key of ['1', 'e']) playing.press(key)
  await playing.until('"type":"mail"')
  playing.press('q')
  return playing.ended
}

describe('what --json prints', () => {
  it('is of the shape that is documented, command by command', { timeout: 120_000 }, async () => {
    const all = await printed()
    const named = commands.filter(({ json }) => json !== undefined).map(({ name }) => name)
    expect([...all.keys(), ...elsewhere].sort()).toEqual([...named].sort())
    expect(await faultsIn(all)).toBe('')
    const [tailed] = all.get('tail') ?? []
    const wrong = new Map([['tail', [{ ...(tailed as object), surely: 'unknown' }]]])
    expect(await faultsIn(wrong)).toMatch(/"surely"' does not exist/)
  })
})

/** Type-checks each value as a literal of its shape: a field too many is an error as well as one that is missing. */
async function faultsIn(all: ReadonlyMap<string, readonly unknown[]>): Promise<string> {
  const cache = join(process.cwd(), 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'shapes-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const lines = [...all].flatMap(([name, values], i) =>
    values.map((value, n) => `export const v${i}_${n}: Shapes['${name}'] = ${JSON.stringify(value)}`),
  )
  const source = [`import type { Shapes } from '../../../src/cli/shapes.ts'`, ...lines].join('\n')
  writeFileSync(join(folder, 'printed.ts'), source)
  const config = { extends: join(process.cwd(), 'tsconfig.json'), files: ['printed.ts'], include: [] }
  const compilerOptions = { typeRoots: [join(process.cwd(), 'node_modules/@types')] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, compilerOptions }))
  return new Promise((resolve) => {
    execFile('node_modules/.bin/tsc', ['--noEmit', '-p', folder], (_, stdout) => resolve(stdout))
  })
}
