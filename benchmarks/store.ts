import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { nodeFiles, type Files } from '../src/adapters/lowdb/files.ts'
import { lowdbStore, type LowdbStoreOptions } from '../src/adapters/lowdb/store.ts'
import type { Accepted, Store } from '../src/index.ts'
import { aDelivery, anIntegration } from '../src/testing/contracts/store-samples.ts'

/**
 * The store against two baselines of the same run: the same calls through one lowdb file, and the same bytes through
 * bare `fdatasync`. One line of JSON; `--seconds` for each measurement (@default 3).
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '3' } } })
const spanMs = Number(values.seconds) * 1_000
const integrations = 10_000
const body = new TextEncoder().encode(JSON.stringify({ action: 'paid', data: { text: 'x'.repeat(560) } }))
const idOf = (n: number) => `app-${n % integrations}`
let serial = 0

function anEvent(): Accepted {
  const n = serial++
  const delivery = aDelivery({ id: `dlv_${String(n).padStart(32, '0')}`, eventId: `evt_${n}`, integrationId: idOf(n) })
  return { eventId: `evt_${n}`, at: 1, deliveries: [{ delivery, body }] }
}

async function withStore<T>(
  options: Partial<LowdbStoreOptions>,
  work: (store: Store, dir: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-bench-'))
  const store = lowdbStore({ dir, backlogBytesMax: 2 ** 33, ...options })
  await store.open()
  try {
    return await work(store, dir)
  } finally {
    await store.close()
    await rm(dir, { recursive: true, force: true })
  }
}

async function seed(store: Store): Promise<void> {
  const put = (n: number) => store.configure({ kind: 'integration', integration: anIntegration({ id: idOf(n) }) })
  await Promise.all(Array.from({ length: integrations }, (_, n) => put(n)))
}

/** So many callers, each accepting and settling one event after the other; gives events per second. */
async function accepted(store: Store, inFlight: number): Promise<number> {
  const until = performance.now() + spanMs
  let count = 0
  const call = async () => {
    while (performance.now() < until) {
      const event = anEvent()
      await store.append(event)
      count += 1
      const { id, integrationId } = event.deliveries[0]?.delivery ?? aDelivery()
      void store.commit({ at: 1, integrationId, settled: [{ id, next: 'delivered' }] })
    }
  }
  await Promise.all(Array.from({ length: inFlight }, call))
  return count / (spanMs / 1_000)
}

/** The same bytes: one write and one flush for so many events, again and again. */
async function bare(inFlight: number): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-bench-'))
  const handle = await open(join(dir, 'bare'), 'a')
  const [first] = anEvent().deliveries
  const line = JSON.stringify({ t: 'accept', delivery: first?.delivery, body: new TextDecoder().decode(body) })
  const settled = JSON.stringify({ t: 'change', settled: [{ id: first?.delivery.id, next: 'delivered' }] })
  const batch = Buffer.from(`${line}\n${settled}\n`.repeat(inFlight))
  const until = performance.now() + spanMs
  let count = 0
  while (performance.now() < until) {
    await handle.write(batch)
    await handle.datasync()
    count += inFlight
  }
  await handle.close()
  await rm(dir, { recursive: true, force: true })
  return count / (spanMs / 1_000)
}

async function restartMs(prepare: (store: Store) => Promise<void>, isClosed: boolean): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-bench-'))
  const store = lowdbStore({ dir })
  await store.open()
  await prepare(store)
  // Without its last checkpoint, as after a kill: the lock alone is given back.
  if (isClosed) await store.close()
  else await rm(join(dir, 'lock.json'))
  const again = lowdbStore({ dir })
  const began = performance.now()
  await again.open()
  const ms = performance.now() - began
  await again.close()
  await rm(dir, { recursive: true, force: true })
  return Math.round(ms)
}

async function waiting(store: Store): Promise<void> {
  for (let n = 0; n < 100; n += 1) await Promise.all(Array.from({ length: 1_000 }, () => store.append(anEvent())))
}

/** Load while checkpoints run one after the other. */
async function duringCheckpoints(
  checkpointMs: number,
): Promise<{ readonly p99Ms: number; readonly maxMs: number; readonly perSecond: number }> {
  return withStore({ checkpointMs }, async (store) => {
    await seed(store)
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const perSecond = await accepted(store, 100)
    delay.disable()
    const ms = (ns: number) => Math.round(ns / 1e5) / 10
    return { p99Ms: ms(delay.percentile(99)), maxMs: ms(delay.max), perSecond: Math.round(perSecond) }
  })
}

/** Every byte that goes to the disk, over the bytes of what was accepted. */
async function amplification(): Promise<number> {
  let written = 0
  const counted: Files = {
    ...nodeFiles,
    create: (path) => nodeFiles.create(path).then(count),
    append: (path) => nodeFiles.append(path).then(count),
  }
  function count(file: Awaited<ReturnType<Files['create']>>): typeof file {
    return {
      ...file,
      write: (bytes) => {
        written += bytes.byteLength
        return file.write(bytes)
      },
    }
  }
  return withStore({ files: counted }, async (store) => {
    await seed(store)
    const [before, first] = [written, serial]
    await accepted(store, 100)
    const useful = (serial - first) * (body.byteLength + JSON.stringify(anEvent().deliveries[0]?.delivery).length)
    return (written - before) / useful
  })
}

const round = (n: number) => Math.round(n * 1_000) / 1_000
const rates: Record<string, unknown> = {}
for (const inFlight of [100, 1_000]) {
  const journal = await withStore({}, async (store) => seed(store).then(() => accepted(store, inFlight)))
  const raw = await bare(inFlight)
  const document = await withStore({ journal: false }, async (store) =>
    seed(store).then(() => accepted(store, inFlight)),
  )
  rates[inFlight] = {
    eventsPerSecond: Math.round(journal),
    timesOneFile: round(journal / document),
    shareOfBareFlush: round(journal / raw),
  }
}
console.log(
  JSON.stringify({
    integrations,
    inFlight: rates,
    restartMs: {
      integrations: await restartMs(seed, true),
      integrationsAfterKill: await restartMs(seed, false),
      waiting: await restartMs(waiting, true),
      waitingAfterKill: await restartMs(waiting, false),
    },
    eventLoop: { quiet: await duringCheckpoints(1e9), duringCheckpoints: await duringCheckpoints(0) },
    bytesWrittenPerUsefulByte: round(await amplification()),
  }),
)
