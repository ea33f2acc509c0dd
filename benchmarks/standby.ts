import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { createHookward, type Hookward } from '../src/index.ts'

/**
 * What `emit` costs in a process that stands by, beside one that holds the folder: events a second with 100 and with one
 * at a time, and how long the spool takes to be empty afterwards. One line of JSON; `--seconds` for each (@default 3).
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '3' }, standby: { type: 'string' } } })
const spanMs = Number(values.seconds) * 1_000
const network = { allow: ['127.0.0.0/8'] }

if (values.standby === undefined) await compare()
else await standBy(values.standby)

async function compare(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-bench-'))
  const holder = await createHookward({ dir, standby: true, setUp, network })
  const held = await rates(holder)
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', process.argv[1] ?? '', '--standby', dir, '--seconds', String(spanMs / 1_000)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [out] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const began = performance.now()
  while ((await readdir(join(dir, 'spool'))).length > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const emptyMs = Math.round(performance.now() - began)
  const handedOver = JSON.parse(out) as typeof held
  const ratio = (name: keyof typeof held) => Number((handedOver[name] / held[name]).toFixed(2))
  const ratios = { at100: ratio('at100'), at1: ratio('at1') }
  console.log(JSON.stringify({ holder: held, standby: handedOver, ratios, emptyMs }))
  await holder.stop({ graceMs: 0 })
  await rm(dir, { recursive: true, force: true })
}

async function standBy(dir: string): Promise<void> {
  const standby = await createHookward({
    dir,
    standby: { spoolBytesMax: 2 ** 32, spoolFilesMax: 1_000_000 },
    network,
  })
  if (!standby.isStandby()) throw new Error('nobody holds the folder')
  console.log(JSON.stringify(await rates(standby)))
  await standby.stop()
}

/** A paused integration: deliveries are held, so that sending costs nothing here. */
async function setUp(hookward: Hookward): Promise<void> {
  const there = { url: 'http://127.0.0.1:8999/hook', secret: 'a secret that both sides know', topics: ['count'] }
  await hookward.integrations.put({ slug: 'counter', organization: 'acme', ...there })
  await hookward.installations.install({ integration: 'counter', organization: 'acme' }, { announce: false })
  await hookward.integrations.pause('counter')
}

async function rates(hookward: Hookward): Promise<{ readonly at100: number; readonly at1: number }> {
  return { at100: await perSecond(hookward, 100), at1: await perSecond(hookward, 1) }
}

async function perSecond(hookward: Hookward, inFlight: number): Promise<number> {
  const until = performance.now() + spanMs
  let count = 0
  const call = async () => {
    while (performance.now() < until) {
      await hookward.emit({ topic: 'count.up', organization: 'acme', data: { text: 'x'.repeat(560) } })
      count += 1
    }
  }
  await Promise.all(Array.from({ length: inFlight }, call))
  return Math.round(count / (spanMs / 1_000))
}
