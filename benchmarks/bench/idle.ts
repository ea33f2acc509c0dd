import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { createHookward } from '../../src/index.ts'
import { createIntegration, freshRecord, wake as wakeRecord } from '../../src/machines/index.ts'
import { standard } from '../../src/policy/index.ts'
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
  const document = JSON.stringify([first.integrations.get('app-1'), first.installations.list('app-1')])
  await first.stop()
  const before = await held()
  const began = performance.now()
  const hookward = await createHookward({ dir })
  const openMs = performance.now() - began
  const after = await held()
  await hookward.stop()
  await rm(dir, { recursive: true })
  const documentBytes = Buffer.byteLength(document)
  const each = (from: number, to: number) => (to - from) / count
  return [
    valueRow({ name: 'idle.document', count, unit: 'bytes' }, [documentBytes]),
    valueRow({ name: 'idle.heap', count, unit: 'bytes with its document' }, [each(before.heap, after.heap)]),
    valueRow({ name: 'idle.overhead', count, unit: 'bytes of heap beyond its document', goal: 1_024 }, [
      each(before.heap, after.heap) - documentBytes,
    ]),
    valueRow({ name: 'idle.rss', count, unit: 'bytes with its document' }, [each(before.rss, after.rss)]),
    valueRow({ name: 'idle.open', count, unit: 'ms' }, [openMs]),
  ]
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

async function held(): Promise<{ readonly heap: number; readonly rss: number }> {
  for (let pass = 0; pass < 4; pass += 1) {
    await turn()
    globalThis.gc?.()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, rss }
}
