import { withReceivers } from './receivers.ts'
import { inTurn, ratioRow, type Effort, type Row } from './rows.ts'
import { dispatching, durable, inMemory, loop, transporting, tunedLoop, withoutLog, type Way } from './ways.ts'

const inFlights = [1, 50, 500] as const
/** One at a time there is nothing to share a flush or a turn of the event loop with: no goal. */
const from50 = (inFlight: number, goal: number) => (inFlight === 1 ? {} : { goal })

/** What a delivery costs, against what other ways to send the same cost in the same rounds. */
export function deliver(effort: Effort): Promise<readonly Row[]> {
  return withReceivers(async (at) => {
    const receivers = at(200, 50)
    const ways = {
      engine: await durable(receivers),
      dispatch: dispatching(receivers),
      loop: loop(receivers),
      tuned: tunedLoop(receivers),
      transport: transporting(receivers),
      memory: await inMemory(receivers),
      noLog: await durable(receivers, withoutLog),
    }
    const rows: Row[] = []
    for (const inFlight of inFlights) rows.push(...(await rowsAt(ways, inFlight, effort)))
    for (const way of Object.values(ways)) await way.close()
    return rows
  })
}

type Ways = Readonly<Record<'engine' | 'dispatch' | 'loop' | 'tuned' | 'transport' | 'memory' | 'noLog', Way>>

async function rowsAt(ways: Ways, inFlight: number, effort: Effort): Promise<readonly Row[]> {
  const costs = await inTurn(ways, inFlight, inFlight === 1 ? { ...effort, events: effort.events / 4 } : effort)
  const { engine, dispatch, loop: byHand, tuned, transport, memory, noLog } = costs
  const row = (name: string, baseline: string, goal: number) => ({
    name: `deliver.${name}`,
    inFlight,
    baseline,
    ...from50(inFlight, goal),
  })
  return [
    ratioRow(row('vs-dispatch', 'undici dispatch of prepared bytes', 2.5), engine, dispatch),
    ratioRow(row('vs-loop', 'a loop by hand', 0.8), engine, byHand),
    ratioRow(row('vs-loop-tuned', 'a loop by hand, tuned', 1.2), engine, tuned),
    ratioRow({ name: 'deliver.memory', inFlight, baseline: 'the durable engine' }, memory, engine),
    ratioRow({ name: 'deliver.no-log', inFlight, baseline: 'the durable engine' }, noLog, engine),
    ratioRow(
      { name: 'deliver.transport', inFlight, baseline: 'undici dispatch of prepared bytes' },
      transport,
      dispatch,
    ),
    ratioRow({ name: 'deliver.loop', inFlight, baseline: 'undici dispatch of prepared bytes' }, byHand, dispatch),
  ]
}

/** The few of them that a change is held against: quick, and steady enough. */
export function guarded(effort: Effort): Promise<readonly Row[]> {
  return withReceivers(async (at) => {
    const receivers = at(200, 50)
    const ways = {
      engine: await durable(receivers),
      dispatch: dispatching(receivers),
      memory: await inMemory(receivers),
    }
    const rows: Row[] = []
    for (const inFlight of [50, 500]) {
      const { engine, dispatch, memory } = await inTurn(ways, inFlight, effort)
      const row = { inFlight, baseline: 'undici dispatch of prepared bytes' }
      rows.push(ratioRow({ name: 'guard.durable', ...row }, engine, dispatch))
      rows.push(ratioRow({ name: 'guard.memory', ...row }, memory, dispatch))
    }
    for (const way of Object.values(ways)) await way.close()
    return rows
  })
}
