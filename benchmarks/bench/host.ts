import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { createHookward, type Hookward, type HookwardOptions, type Outcome, type Transport } from '../../src/index.ts'
import { answering } from '../fleet.ts'
import { withReceivers, type Receivers } from './receivers.ts'
import { percentile, valueRow, type Effort, type Row } from './rows.ts'
import { durable, eventOf, inFlightOf, register } from './ways.ts'

const integrations = 200
const ok = { kind: 'ok', status: 200, code: 'HTTP_200' } as const

/** What the host feels: how long `emit` takes, how long a start takes, and how late its own timers come. */
export function host(effort: Effort): Promise<readonly Row[]> {
  return withReceivers(async (at) => {
    const receivers = at(integrations, 50)
    const rows = [await accept(receivers, 100, effort), await accept(receivers, 1_000, effort)]
    return [...rows, await restart(receivers, effort), await delay(receivers, effort)]
  })
}

async function withEngine<T>(
  { url }: Receivers,
  options: HookwardOptions,
  work: (hookward: Hookward) => Promise<T>,
): Promise<T> {
  const hookward = await createHookward({ network: { allow: ['127.0.0.0/8'] }, ...options })
  await inFlightOf(integrations, 100, (n) => register(hookward, n, url(n)))
  return work(hookward).finally(() => hookward.stop({ graceMs: 0 }))
}

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-bench-'))
  return work(dir).finally(() => rm(dir, { recursive: true }))
}

function emit(hookward: Hookward, event: number) {
  const organization = `org-${event % integrations}`
  return hookward.emit({ topic: 'invoice.paid', organization, data: eventOf(event) })
}

/** With so many `emit` under way at a time, and nothing else that is measured. */
function accept(receivers: Receivers, inFlight: number, { events, rounds }: Effort): Promise<Row> {
  return inFolder((dir) =>
    withEngine(receivers, { dir, transport: answering(ok) }, async (hookward) => {
      const p99s: number[] = []
      for (let round = -1; round < rounds; round += 1) {
        const spans: number[] = []
        await inFlightOf(events, inFlight, async (event) => {
          const began = performance.now()
          await emit(hookward, event)
          spans.push(performance.now() - began)
        })
        await hookward.idle()
        if (round >= 0) p99s.push(percentile(spans, 0.99))
      }
      const goal = inFlight === 1_000 ? { goal: 25 } : {}
      return valueRow({ name: 'accept.p99', inFlight, unit: 'ms', ...goal }, p99s)
    }),
  )
}

/** With so many deliveries waiting for a receiver that is down. */
function restart(receivers: Receivers, { share }: Effort): Promise<Row> {
  const waiting = Math.round(100_000 * share)
  return inFolder(async (dir) => {
    await withEngine(receivers, { dir, transport: hanging() }, async (hookward) => {
      await inFlightOf(waiting, 1_000, (event) => emit(hookward, event))
    })
    const began = performance.now()
    const again = await createHookward({ dir, transport: hanging() })
    const ms = performance.now() - began
    await again.stop({ graceMs: 0 })
    return valueRow({ name: 'restart.ms', count: waiting, unit: 'ms', goal: 2_000 + waiting / 100 }, [ms])
  })
}

/** At half of the load that it can bear, how late a timer of the host comes. */
async function delay(receivers: Receivers, { events, warmUp }: Effort): Promise<Row> {
  const way = await durable(receivers)
  await way.run(warmUp, 50)
  const began = performance.now()
  await way.run(events, 500)
  const perSecond = events / ((performance.now() - began) / 1_000) / 2
  await way.close()
  return inFolder((dir) =>
    withEngine(receivers, { dir }, async (hookward) => {
      const p99s: number[] = []
      for (let round = 0; round < 5; round += 1) {
        const watch = monitorEventLoopDelay({ resolution: 1 })
        watch.enable()
        await atPace(perSecond, 2_000, (event) => emit(hookward, event))
        watch.disable()
        p99s.push(watch.percentile(99) / 1e6 - 1)
        await hookward.idle()
      }
      return valueRow({ name: 'loop.delay', count: Math.round(perSecond), unit: 'ms, p99', goal: 20 }, p99s)
    }),
  )
}

async function atPace(perSecond: number, ms: number, send: (event: number) => Promise<unknown>): Promise<void> {
  const began = performance.now()
  const sent: Promise<unknown>[] = []
  for (let at = 0; at < ms; at = performance.now() - began) {
    while (sent.length < (at * perSecond) / 1_000) sent.push(send(sent.length))
    await wait(2)
  }
  await Promise.all(sent)
}

/** Never answers, until it is closed. */
function hanging(): Transport {
  let end: ((outcome: Outcome) => void) | undefined
  const closed = new Promise<Outcome>((resolve) => (end = resolve))
  const rest = { phase: 'head', durationMs: 1, body: '', bodyBytes: 0, truncated: false, headers: {} } as const
  const close = () => Promise.resolve(end?.({ kind: 'local', status: 0, code: 'SHUTTING_DOWN', ...rest }))
  return { attempt: () => closed, close }
}
