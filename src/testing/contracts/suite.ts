import { format } from 'node:util'

/** One thing that must hold. */
export interface ContractCase {
  /** A sentence, behind the group it belongs to. */
  readonly title: string
  /** Rejects with an `Error` that says what was expected. */
  readonly run: () => Promise<void>
}

/** A row as the arguments it becomes; one that is no list is one argument. */
type Spread<Row> = Row extends readonly unknown[] ? [...Row] : [Row]

/** Has a case collected, or one for each row; `%s`, `%d` and `%j` of its title are filled from the row. */
export interface Collect<Bench> {
  (title: string, run: (bench: Bench) => Promise<void>): void
  each<const Row>(
    rows: readonly Row[],
  ): (title: string, run: (bench: Bench, ...row: Spread<Row>) => Promise<void>) => void
}

/** How cases are collected: as test runners have it, without one. */
export interface Suite<Bench> {
  readonly cases: readonly ContractCase[]
  /** Cases of one group; groups may hold groups. */
  readonly describe: (group: string, fill: () => void) => void
  readonly it: Collect<Bench>
}

/**
 * Collects the cases of a contract. Each is run on a bench of its own, so that they may run in any order.
 * @param open makes a bench
 * @param close takes it down, also after a failure
 */
export function suiteOf<Bench>(open: () => Promise<Bench>, close: (bench: Bench) => Promise<void>): Suite<Bench> {
  const cases: ContractCase[] = []
  let groups: readonly string[] = []
  const add = (title: string, run: (bench: Bench) => Promise<void>) => {
    cases.push({ title: [...groups, title].join(' > '), run: () => onBench(open, close, run) })
  }
  const each =
    <Row>(rows: readonly Row[]) =>
    (title: string, run: (bench: Bench, ...row: Spread<Row>) => Promise<void>) => {
      for (const one of rows) {
        const row = (Array.isArray(one) ? one : [one]) as Spread<Row>
        add(titleOf(title, row), (bench) => run(bench, ...row))
      }
    }
  const describe = (group: string, fill: () => void) => {
    const outside = groups
    groups = [...groups, group]
    fill()
    groups = outside
  }
  return { cases, describe, it: Object.assign(add, { each }) }
}

async function onBench<Bench>(
  open: () => Promise<Bench>,
  close: (bench: Bench) => Promise<void>,
  run: (bench: Bench) => Promise<void>,
): Promise<void> {
  const bench = await open()
  try {
    await run(bench)
  } finally {
    await close(bench)
  }
}

/** As many values as the title has places for. */
function titleOf(title: string, row: readonly unknown[]): string {
  const places = title.match(/%[sdj]/g)?.length ?? 0
  return format(title, ...row.slice(0, places))
}
