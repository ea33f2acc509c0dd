import { createHookward, memoryStore, type Hookward } from '../../src/index.ts'
import { answering } from '../fleet.ts'
import { withReceivers } from './receivers.ts'
import { inTurn, ratioRow, type Effort, type Row } from './rows.ts'
import { durable, eventOf, inFlightOf, register, withoutLog, type Way } from './ways.ts'

const active = 1_000
const inFlight = 100

/** Whether a delivery costs the same however many are registered: no sockets, so that nothing hides what grows. */
export async function scale(effort: Effort): Promise<readonly Row[]> {
  const counts = [10, 1_000, 100_000].map((count) => (count > 10 ? Math.round(count * effort.share) : count))
  const ways: Record<string, Way> = {}
  for (const count of counts) ways[count] = await quiet(count)
  const costs = await inTurn(ways, inFlight, effort)
  for (const way of Object.values(ways)) await way.close()
  const [first = 10, ...more] = counts
  const base = costs[first] ?? []
  const rows = more.map((count) =>
    ratioRow(
      { name: 'scale.integrations', count, inFlight, baseline: '10 integrations', goal: 1.3 },
      costs[count] ?? [],
      base,
    ),
  )
  return [...rows, await origins(effort)]
}

/** Over real sockets: a thousand origins against ten of them, for as many integrations. */
function origins(effort: Effort): Promise<Row> {
  return withReceivers(async (at) => {
    const ways = { few: await durable(at(active, 10)), many: await durable(at(active, 1_000)) }
    const { few, many } = await inTurn(ways, inFlight, effort)
    for (const way of Object.values(ways)) await way.close()
    return ratioRow({ name: 'scale.origins', count: 1_000, inFlight, baseline: '10 origins' }, many, few)
  })
}

async function quiet(count: number): Promise<Way> {
  const transport = answering({ kind: 'ok', status: 200, code: 'HTTP_200' })
  // Its log is kept in memory, where a hundred entries for each integration are the garbage collector's work.
  const hookward = await createHookward({ store: withoutLog(memoryStore()), transport })
  await inFlightOf(count, 1_000, (n) => register(hookward, n, `https://app-${n}.example/hook`))
  return { run: (events, width) => emitAll(hookward, count, events, width), close: () => hookward.stop() }
}

/** To the first thousand of them in turn. */
async function emitAll(hookward: Hookward, count: number, events: number, width: number): Promise<void> {
  await inFlightOf(events, width, (event) => {
    const organization = `org-${event % Math.min(count, active)}`
    return hookward.emit({ topic: 'invoice.paid', organization, data: eventOf(event) })
  })
  await hookward.idle()
}
