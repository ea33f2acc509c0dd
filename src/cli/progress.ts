import type { ReplayResult } from '../domain/ledger.ts'
import type { Engine } from './engine/engine.ts'
import type { Terminal } from './terminal.ts'
import type { DashboardTold } from '../adapters/dashboard/wire.ts'

/** How the first attempts of a replay ended. */
export interface Watched {
  readonly delivered: number
  readonly failed: number
  /** Of these nothing was heard yet when the waiting ended. */
  readonly open: number
}

interface Watching {
  readonly engine: Engine
  readonly slug: string
  readonly terminal: Terminal
  /** Ends the waiting; the replay goes on by itself. */
  readonly signal: AbortSignal
  readonly act: () => Promise<ReplayResult>
}

/** Nothing was heard for so long: it is waited no longer. */
const quietMsMax = 60_000
const barCells = 30

/** Does it, and counts the first outcome of each delivery of before, over the stream. */
export async function watched(
  watching: Watching,
): Promise<{ readonly result: ReplayResult; readonly outcome: Watched }> {
  const { engine, slug, signal, terminal } = watching
  const stop = new AbortController()
  const end = () => stop.abort()
  signal.addEventListener('abort', end)
  const ended = new Map<string, boolean>()
  let result: ReplayResult | undefined
  let quiet: NodeJS.Timeout | undefined
  let begunAt = 0
  try {
    for await (const { event, data } of engine.listen(slug, stop.signal)) {
      // Said again where the stream had to begin anew: it was done already.
      if (event === 'hello' && result === undefined) {
        begunAt = (await engine.get<{ readonly at: number }>('session')).at
        result = await watching.act()
      } else if (event === 'told') note(ended, data as unknown as DashboardTold, begunAt)
      clearTimeout(quiet)
      quiet = setTimeout(end, quietMsMax).unref()
      if (result === undefined) continue
      terminal.progress(barOf(ended.size, result.replayed))
      if (ended.size >= result.replayed) break
    }
  } finally {
    clearTimeout(quiet)
    signal.removeEventListener('abort', end)
    terminal.progress('')
  }
  const known = result ?? (await watching.act())
  const delivered = [...ended.values()].filter(Boolean).length
  const outcome = { delivered, failed: ended.size - delivered, open: Math.max(0, known.replayed - ended.size) }
  return { result: known, outcome }
}

/** An outcome of a delivery that was there before, or of a copy of one. */
function note(
  ended: Map<string, boolean>,
  { type, deliveryId, acceptedAt, replays }: DashboardTold,
  begunAt: number,
): void {
  if (deliveryId === undefined || (type !== 'delivered' && type !== 'delivery.failed')) return
  const isOurs = replays !== undefined || (acceptedAt ?? Infinity) <= begunAt
  if (isOurs && !ended.has(deliveryId)) ended.set(deliveryId, type === 'delivered')
}

function barOf(done: number, all: number): string {
  const full = all === 0 ? barCells : Math.min(barCells, Math.floor((done / all) * barCells))
  return `[${'#'.repeat(full)}${'-'.repeat(barCells - full)}] ${done}/${all}`
}
