import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { startReceiver } from '../../support/receiver.ts'
import { StandbyJudge, type StandbyVerdict } from './judge.ts'
import type { StandbyOrders, StandbyWord } from './words.ts'

/** A process is killed at most so long after it came up. */
const lifeMsMax = 1_500

/** What a run is: so many processes on one folder, of which one is killed and replaced so many times. */
export interface StandbyRun {
  readonly processes: number
  readonly kills: number
  /** Of each process. @default 1,000 */
  readonly eventsMax?: number
  /** From 0 up to 1. */
  readonly chance: () => number
}

/** Kills real processes at moments that chance decides, every other time the one that holds the folder. */
export async function tortureStandby({
  processes,
  kills,
  chance,
  eventsMax = 4_000,
}: StandbyRun): Promise<StandbyVerdict> {
  const home = await mkdtemp(join(tmpdir(), 'hookward-standby-'))
  const dir = join(home, 'data')
  const receiver = await startReceiver()
  const judge = new StandbyJudge()
  receiver.answer(({ headers, body }) => {
    const { data } = JSON.parse(String(body)) as { data: { by: string; n: number } }
    judge.arrived({ ...data, id: String(headers['idempotency-key']) })
    return 200
  })
  let count = 0
  const start = (mode: StandbyOrders['mode'] = 'load') =>
    new Life({ dir, receiverUrl: receiver.url, mode, eventsMax, by: `p${(count += 1)}` }, judge)
  const lives = Array.from({ length: processes }, () => start())
  for (let n = 0; n < kills; n += 1) {
    const holder = lives.findIndex(({ isHolder }) => isHolder)
    const at = n % 2 === 0 && holder !== -1 ? holder : Math.floor(chance() * lives.length)
    const life = lives[at]
    await Promise.race([life?.isUp, life?.over])
    await sleep(chance() * lifeMsMax)
    await life?.kill()
    lives[at] = start()
  }
  await Promise.all(lives.map((life) => life.kill()))
  await start('drain').over
  const leftOver = (await readdir(join(dir, 'spool'))).filter((name) => name.endsWith('.jsonl')).length
  await receiver.close()
  await rm(home, { recursive: true, force: true })
  return judge.verdict(leftOver)
}

/** One process, from its start to its death. */
class Life {
  isHolder = false
  readonly isUp: Promise<void>
  /** Resolves when it is gone and everything it said was heard. */
  readonly over: Promise<void>
  readonly #child: ChildProcessByStdio<null, Readable, null>

  constructor(orders: StandbyOrders, judge: StandbyJudge) {
    const program = new URL('process.ts', import.meta.url).pathname
    const args = ['--import', 'tsx', program, JSON.stringify(orders)]
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let up = () => undefined as void
    this.isUp = new Promise((resolve) => (up = resolve))
    const lines = createInterface({ input: this.#child.stdout })
    lines.on('line', (line) => {
      const word = JSON.parse(line) as StandbyWord
      if (word.t === 'up') up()
      if (word.t === 'holding' && !this.isHolder) {
        this.isHolder = true
        judge.tookOver()
      }
      if (word.t === 'accepted') judge.accepted(orders.by, word.n, word.handedOver)
      if (word.t === 'trouble') judge.hadTrouble(word.fact)
    })
    this.over = Promise.all([once(this.#child, 'exit'), once(lines, 'close')]).then(() => undefined)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.over
    this.isHolder = false
  }
}
