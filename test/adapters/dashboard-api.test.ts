import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dashboard, nodeHandler } from '../../src/dashboard.ts'
import { sentry } from '../../src/policy/index.ts'
import { asked, listen, serving } from '../support/http.ts'
import { startWorld, type World } from '../support/world.ts'

const page = readFileSync(join(process.cwd(), 'docs/reference/dashboard-api.md'), 'utf8')

/** What stands under a heading, as far as the next one. */
function under(heading: string): string {
  const [, after = ''] = page.split(`\n${heading}\n`)
  return after.split(/\n#+ /)[0] ?? ''
}

/** The first cells of a table: plain texts, without their marks. */
function firstCells(text: string): readonly string[] {
  return [...text.matchAll(/^\| `([\w?]+)`/gm)].map(([, cell = '']) => cell)
}

/** The fields of one shape, by the generated table of that name. */
function fieldsOf(shape: string): { readonly all: readonly string[]; readonly needed: readonly string[] } {
  const [, after = ''] = page.split(`<!-- generated:shape:${shape} -->`)
  const cells = firstCells(after.split('<!-- /generated -->')[0] ?? '')
  return { all: cells.map((cell) => cell.replace('?', '')), needed: cells.filter((cell) => !cell.endsWith('?')) }
}

const questions = new Map(
  [...under('## Questions').matchAll(/^\| `(\w+)` *\|([^|]*)\|/gm)].map(([, name = '', parameters = '']) => [
    name,
    [...parameters.matchAll(/`(\w+)`/g)].map(([, parameter = '']) => parameter),
  ]),
)

interface Mounted extends World {
  readonly url: string
  readonly get: (part: string) => Promise<Record<string, unknown>>
}

async function mounted(): Promise<Mounted> {
  const world = await startWorld({ shadow: sentry({ windowDays: 1, retriesMs: [] }) })
  const url = `${await serving(nodeHandler(dashboard(world.hookward, { authorize: () => true })))}/hooks/`
  return { ...world, url, get: async (part) => (await asked(`${url}api/${part}`)).json() }
}

/** Something of everything: a failure, a dead letter, a delivery that is held, a hand and a letter. */
async function lived(): Promise<Mounted & { readonly deliveryId: string }> {
  const world = await mounted()
  await world.register()
  world.receiver.answer(400)
  await world.comment()
  await world.hookward.integrations.disable('bot', { reason: 'because' })
  await world.comment()
  const [entry] = (await world.hookward.dead('bot')).entries
  return { ...world, deliveryId: entry?.deliveryId ?? '' }
}

describe("the page about the dashboard's interface", () => {
  it('has every question, with all that it may be asked with and nothing else', async () => {
    const { get } = await mounted()
    expect([...questions.keys()].sort()).toEqual(
      ['dead', 'delivery', 'held', 'integration', 'list', 'log', 'operator', 'preview', 'session', 'stream'].sort(),
    )
    for (const [name, parameters] of questions) {
      const { code, fact } = await get(`${name}?surely=unknown`)
      expect([name, code]).toEqual([name, 'OPTION_INVALID'])
      expect(fact).toBe(`the address has no field "surely" (known: ${parameters.join(', ')})`)
    }
  })

  it.each([
    ['DashboardSession', 'session', []],
    ['DashboardList', 'list', []],
    ['DashboardOperator', 'operator', []],
    ['OperatorSums', 'operator', ['sums']],
    ['DashboardIntegration', 'integration?slug=bot', []],
    ['HourOfAttempts', 'integration?slug=bot', ['hours', 0]],
    ['Transition', 'integration?slug=bot', ['transitions', 0]],
    ['AuditEntry', 'integration?slug=bot', ['audit', 0]],
    ['Letter', 'integration?slug=bot', ['notices', 0, 'letters', 0]],
    ['DashboardDelivery', 'delivery?slug=bot&id=ID', []],
    ['LedgerPage', 'dead?slug=bot', []],
    ['LedgerEntry', 'held?slug=bot', ['entries', 0]],
    ['DashboardProblem', 'integration?slug=nobody', []],
  ] as const)('has the fields of %s as %s gives them', async (shape, part, path) => {
    const { deliveryId, get } = await lived()
    const answer = path.reduce<unknown>(
      (value, step) => (value as Record<string | number, unknown>)[step],
      await get(part.replace('ID', deliveryId)),
    )
    const { all, needed } = fieldsOf(shape)
    const besides: Readonly<Record<string, readonly string[]>> = {
      DashboardOperator: ['at', 'policy', 'lostMs', 'backlogBytesMax', 'ledgerBytesMax', 'ledgerBytes', 'actors'],
    }
    const given = Object.keys(answer as object).filter((name) => besides[shape]?.includes(name) !== true)
    expect(needed.length).toBeGreaterThan(0)
    expect(given).toEqual(expect.arrayContaining([...needed]))
    expect(all).toEqual(expect.arrayContaining(given))
  })

  it('has the fields of what the stream tells', async () => {
    const { hookward, register, url, comment, receiver } = await mounted()
    await register()
    const stream = await listen(`${url}api/stream?slug=bot`)
    await stream.until('hello', { isNew: true })
    receiver.answer(400)
    await comment()
    await hookward.integrations.disable('bot', { reason: 'because' })
    await stream.until('told', { type: 'disabled' })
    const shapes = { told: 'DashboardTold', chart: 'DashboardStep' } as const
    for (const [event, shape] of Object.entries(shapes)) {
      const { all, needed } = fieldsOf(shape)
      const told = stream.events.filter((one) => one.event === event).map(({ data }) => Object.keys(data))
      expect(told.length).toBeGreaterThan(0)
      for (const given of told) {
        expect(given).toEqual(expect.arrayContaining([...needed]))
        expect(all).toEqual(expect.arrayContaining(given))
      }
    }
  })
})
