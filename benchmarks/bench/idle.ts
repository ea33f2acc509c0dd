import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHookward } from '../../src/index.ts'
import { createIntegration, freshRecord, wake as wakeRecord } from '../../src/machines/index.ts'
import { standard } from '../../src/policy/index.ts'
import type { Opened } from './opened.ts'
import { costOf, valueRow, type Effort, type Row } from './rows.ts'
import { inFlightOf, register } from './ways.ts'

/** What an integration takes that is registered and hears nothing, and what it costs to wake one. */
export async function idle(effort: Effort): Promise<readonly Row[]> {
  return [...(await overhead(Math.round(100_000 * effort.share))), await wakeUs(effort)]
}

async function overhead(count: number): Promise<readonly Row[]> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-bench-'))
  const first = await createHookward({ dir })
  await inFlightOf(count, 1_000, (n) => register(first, n, `https://app-${n}.example/hook`))
  await first.stop()
  const documentBytes = (await bytesIn(join(dir, 'integrations'))) / count
  const { heapBytes, rssBytes, openMs } = await opened(dir)
  await rm(dir, { recursive: true })
  const heap = heapBytes / count
  return [
    valueRow({ name: 'idle.document', count, unit: 'bytes' }, [documentBytes]),
    valueRow({ name: 'idle.heap', count, unit: 'bytes with its document' }, [heap]),
    valueRow({ name: 'idle.overhead', count, unit: 'bytes of heap beyond its document', goal: 1_024 }, [
      heap - documentBytes,
    ]),
    valueRow({ name: 'idle.rss', count, unit: 'bytes with its document' }, [rssBytes / count]),
    valueRow({ name: 'idle.open', count, unit: 'ms' }, [openMs]),
  ]
}

/** What an engine takes that opens the folder, in a process that has done nothing else. */
async function opened(dir: string): Promise<Opened> {
  const child = fork(join(import.meta.dirname, 'opened.mjs'), [dir], { execArgv: ['--expose-gc'] })
  const [[found]] = (await Promise.all([once(child, 'message'), once(child, 'exit')])) as [readonly Opened[], unknown]
  if (found === undefined) throw new Error('the process that opens the folder said nothing')
  return found
}

/** Microseconds of CPU from a record to an actor that has heard its first signal. */
async function wakeUs({ rounds }: Effort): Promise<Row> {
  const machine = createIntegration(standard())
  const at = Date.UTC(2024, 5, 3)
  const records = Array.from({ length: 1_000 }, (_, n) => freshRecord(machine, `app-${n}`, at))
  const ok = { type: 'delivery.ok', n: 1, firstAt: at, lastAt: at, at, status: 'internal' } as const
  const wakeAll = () => {
    for (const record of records) wakeRecord(machine, record).start().send(ok)
    return Promise.resolve()
  }
  const costs: number[] = []
  for (let round = -3; round < rounds; round += 1) {
    const { cpuUs } = await costOf(wakeAll, records.length)
    if (round >= 0) costs.push(cpuUs)
  }
  return valueRow({ name: 'wake.us', unit: 'us of CPU', goal: 200 }, costs)
}

/** What the documents take as they stand on disk, without the copy beside each. */
async function bytesIn(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
