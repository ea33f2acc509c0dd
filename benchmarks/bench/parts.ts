import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFiles } from '../../src/adapters/lowdb/files.ts'
import { Batch } from '../../src/adapters/lowdb/batch.ts'
import { bodiesBehind, placesOf } from '../../src/adapters/lowdb/bodies.ts'
import { acceptText, changesText } from '../../src/adapters/lowdb/records.ts'
import { systemRandom } from '../../src/adapters/system-clock.ts'
import type { Attempt, Delivery } from '../../src/domain/delivery.ts'
import { hexOf, newId } from '../../src/engine/ids.ts'
import { logEntryOf, settle } from '../../src/engine/settle.ts'
import { envelope, sentryApplication } from '../../src/flows/envelope.ts'
import { Lanes, type Started } from '../../src/machines/index.ts'
import { attemptHeaders } from '../../src/policy/headers.ts'
import { standard } from '../../src/policy/index.ts'
import { importSecret } from '../../src/policy/signature.ts'
import { withReceivers } from './receivers.ts'
import { costOf, inTurn, least, valueRow, type Cost, type Effort, type Row } from './rows.ts'
import { dispatching, durable, eventOf } from './ways.ts'

const [inFlight, times] = [50, 20_000]
/** Deliveries that one flush of the journal carries at 50 in flight: two records of each, as was counted. */
const inOneFlush = 14
const unit = 'us of CPU a delivery'

/** What each part of a delivery costs by itself, and beside them the request alone and the whole. */
export async function parts(effort: Effort): Promise<readonly Row[]> {
  const rows: Row[] = [...(await ends(effort))]
  for (const [name, step] of Object.entries(steps())) rows.push(await rowOf(name, step, effort))
  return [...rows, await flushRow(effort)]
}

function ends(effort: Effort): Promise<readonly Row[]> {
  return withReceivers(async (at) => {
    const receivers = at(200, 50)
    const ways = { request: dispatching(receivers), whole: await durable(receivers) }
    const costs = await inTurn(ways, inFlight, effort)
    for (const way of Object.values(ways)) await way.close()
    return Object.entries(costs).map(([name, all]) => leastRow(name, all))
  })
}

async function rowOf(name: string, step: (n: number) => unknown, { rounds, share }: Effort): Promise<Row> {
  const count = Math.round(times * share)
  const costs: Cost[] = []
  const run = () => {
    for (let n = 0; n < count; n += 1) step(n)
    return Promise.resolve()
  }
  for (let round = -2; round < rounds; round += 1) {
    const cost = await costOf(run, count)
    if (round >= 0) costs.push(cost)
  }
  return leastRow(name, costs)
}

/** Writing and flushing, on the disk that is there; the threads that wait for it are counted, too. */
async function flushRow({ rounds, share }: Effort): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'hookward-bench-'))
  const out = await nodeFiles.create(join(folder, 'journal'))
  const batch = new Batch(1)
  for (let n = 0; n < inOneFlush; n += 1) {
    acceptRecord(batch)
    changeRecord(batch)
  }
  const flushes = Math.round(300 * share)
  const run = async () => {
    for (let n = 0; n < flushes; n += 1) {
      await out.write(batch.written)
      await out.flush()
    }
  }
  const costs: Cost[] = []
  for (let round = 0; round < rounds; round += 1) costs.push(await costOf(run, flushes * inOneFlush))
  await out.close()
  await rm(folder, { recursive: true })
  return leastRow('flush', costs)
}

/** Each by itself, with what the others give it made beforehand. */
function steps(): Readonly<Record<string, (n: number) => unknown>> {
  const key = importSecret('a secret of many characters')
  const { id: deliveryId, installationId, topic, eventId } = delivery
  const facts = { topic, deliveryId, installationId, seed: eventId.slice(4), keys: [key] as const, custom: {}, at }
  const lanes = new Lanes({
    laneInFlightMax: 8,
    originInFlightMax: 16,
    inFlightMax: 512,
    slowInFlightMax: 256,
    slowAfterMs: 1_000,
  })
  const policy = standard()
  return {
    body: (n) => envelope({ action: 'paid', installation: installationId, data: eventOf(n), actor }),
    ids: () => [newId('evt', systemRandom), newId('dlv', systemRandom), hexOf(systemRandom)],
    'headers and signature': (n) => attemptHeaders({ ...facts, body, requestId: String(n) }),
    'accept record': (n) => acceptRecord(batchOf(n)),
    'change record': (n) => changeRecord(batchOf(n)),
    lane: () => {
      lanes.add({ delivery, attempts: 0, origin: 'https://hooks.example.com' })
      const next = lanes.take(at)
      if (next !== undefined) lanes.release(next, at)
    },
    verdict: () => settle(policy, started, attempt, { status: 'internal', chance: 0.5, restedAt: at }),
  }
}

/** A new one as often as there is a flush, in the room of the one before. */
function batchOf(n: number): Batch {
  if (n % inOneFlush === 0) batch = new Batch(1, batch.resolve())
  return batch
}

let batch = new Batch(1)

/** Each in a batch that is there already, as it is for all but the first record of a flush. */
function acceptRecord(batch: Batch): void {
  const bodies = bodiesBehind([{ delivery, body }])
  const accepted = { eventId: delivery.eventId, at, deliveries: [{ delivery, body }] }
  batch.add(7, [acceptText(accepted, bodies.facts)], bodies.written)
  placesOf(bodies, { segment: 1, bodiesAt: 0 })
}

/** With the text that the request log keeps, too. */
function changeRecord(batch: Batch): void {
  const { id, integrationId } = delivery
  const folded = { n: 1, firstAt: at, lastAt: at, status: 'internal' } as const
  const log = [logEntryOf(started, attempt, 'delivered')]
  batch.add(8, changesText([{ at, integrationId, folded, settled: [{ id, next: 'delivered' }], log }]).text, [])
}

function leastRow(name: string, costs: readonly Cost[]): Row {
  const spread = valueRow(
    { name: `part.${name}`, unit },
    costs.map(({ cpuUs }) => cpuUs),
  )
  return { ...spread, value: Math.round(least(costs) * 100) / 100 }
}

const at = Date.UTC(2024, 5, 3)
const actor = { type: 'application', ...sentryApplication } as const
const delivery: Delivery = {
  id: `dlv_${'1'.repeat(32)}`,
  eventId: `evt_${'2'.repeat(32)}`,
  integrationId: 'app-17',
  installationId: '6109c3e6-d40b-49b0-9968-d0e86e0ce7c9',
  topic: 'invoice.paid',
  organization: 'org-17',
  acceptedAt: at,
}
const body = envelope({ action: 'paid', installation: delivery.installationId, data: eventOf(1), actor })
const started: Started = {
  delivery,
  attempts: 0,
  origin: 'https://hooks.example.com',
  epoch: 0,
  isProbe: false,
  startedAt: at,
}
const attempt: Attempt = {
  requestId: '3'.repeat(32),
  url: 'https://hooks.example.com/hook',
  headers: {},
  at,
  body,
  outcome: {
    kind: 'ok',
    status: 200,
    code: 'HTTP_200',
    phase: 'body',
    phasesMs: { dns: 0, connect: 0, tls: 0, send: 0.1, head: 1.2, body: 0.1 },
    durationMs: 2,
    body: '',
    bodyBytes: 0,
    truncated: false,
    headers: {},
  },
}
