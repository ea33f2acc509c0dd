import type { Way } from './ways.ts'

/** One figure. `ratio` is against `baseline` in the same run; `value` has a unit of its own. */
export interface Row {
  readonly name: string
  readonly inFlight?: number
  /** How many of what is varied. */
  readonly count?: number
  readonly ratio?: number
  readonly value?: number
  readonly unit?: string
  readonly baseline?: string
  /** At most this. */
  readonly goal?: number
  readonly met?: boolean
  readonly rounds: number
  /** The least and the most of all rounds. */
  readonly spread: readonly [number, number]
  /** Milliseconds of wall time for each delivery, and of CPU, of what is measured. */
  readonly wallMs?: number
  readonly cpuUs?: number
}

/** How long and how often it is measured. */
export interface Effort {
  readonly rounds: number
  readonly events: number
  readonly warmUp: number
  /** Of everything that is counted in thousands, this part. */
  readonly share: number
}

/** What one round cost for each delivery. */
export interface Cost {
  readonly cpuUs: number
  readonly wallMs: number
}

/** Each way in its turn, round after round, after a warm-up of each. */
export async function inTurn<Name extends string>(
  ways: Readonly<Record<Name, Way>>,
  inFlight: number,
  { rounds, events, warmUp }: Effort,
): Promise<Readonly<Record<Name, readonly Cost[]>>> {
  const names = Object.keys(ways) as Name[]
  const costs = Object.fromEntries(names.map((name) => [name, [] as Cost[]])) as Record<Name, Cost[]>
  for (const name of names) await ways[name].run(warmUp, inFlight)
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) costs[name].push(await costOf(() => ways[name].run(events, inFlight), events))
  return costs
}

export async function costOf(work: () => Promise<unknown>, events: number): Promise<Cost> {
  const [began, at] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(began)
  return { cpuUs: (user + system) / events, wallMs: (performance.now() - at) / events }
}

/** The least CPU over the rounds decides: whatever else the machine does only ever adds to it. */
export function ratioRow(
  row: Pick<Row, 'name' | 'inFlight' | 'count' | 'baseline' | 'goal'>,
  costs: readonly Cost[],
  base: readonly Cost[],
): Row {
  const ratio = round(least(costs) / least(base))
  const each = costs.map(({ cpuUs }, n) => round(cpuUs / (base[n]?.cpuUs ?? cpuUs)))
  const wallMs = round(Math.min(...costs.map((cost) => cost.wallMs)))
  return { ...row, ratio, ...judged(row.goal, ratio), ...spreadOf(each), wallMs, cpuUs: round(least(costs)) }
}

export function valueRow(row: Pick<Row, 'name' | 'inFlight' | 'count' | 'unit' | 'goal'>, values: readonly number[]) {
  const value = round(median(values))
  return { ...row, value, ...judged(row.goal, value), ...spreadOf(values.map(round)) } satisfies Row
}

function judged(goal: number | undefined, figure: number): Pick<Row, 'met'> {
  return goal === undefined ? {} : { met: figure <= goal }
}

function spreadOf(all: readonly number[]): Pick<Row, 'rounds' | 'spread'> {
  return { rounds: all.length, spread: [Math.min(...all), Math.max(...all)] }
}

export function least(costs: readonly Cost[]): number {
  return Math.min(...costs.map(({ cpuUs }) => cpuUs))
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN
}

export function round(n: number): number {
  return Math.round(n * 100) / 100
}
