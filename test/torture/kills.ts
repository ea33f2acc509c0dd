import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { startReceiver } from '../support/receiver.ts'
import { startSmtp } from '../support/smtp.ts'
import { bad, type Orders, type Plant, type Word } from './fleet.ts'
import { Judge, type Verdict } from './judge.ts'
import { among, moments, type Moment } from './moments.ts'

/** An engine that does not come to the moment of its death is killed so long after it came up. */
const lifeMsMax = 6_000
/** Room for the numbers of one run's events. */
const eventsPerRun = 1_000_000

/** How one engine ends. `at`: by itself, at the n-th of a moment; or so long after its process began, or came up. */
type Death =
  | { readonly at: Moment; readonly nth: number }
  | { readonly at: 'start' | 'load'; readonly ms: number }
  | { readonly at: 'end' }

/** Kills a real process `kills` times at moments that the seed decides, restarts it each time, and judges the whole. */
export async function torture(kills: number, chance: () => number, plant: Plant | null): Promise<Verdict> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-torture-'))
  const [receiver, smtp] = await Promise.all([startReceiver(), startSmtp()])
  const judge = new Judge()
  let onRequest = () => undefined as void
  receiver.answer((request) => {
    const status = request.path.endsWith('-bad') ? 404 : chance() < 0.02 ? 503 : 200
    judge.request(request, status)
    onRequest()
    return status
  })
  const orders = { dir: join(dir, 'data'), receiverUrl: receiver.url, smtpUrl: smtp.url, plant }
  for (let n = 0; n < kills; n += 1) {
    const from = n * eventsPerRun
    const engine = new Life(
      { ...orders, mode: 'load', from, left: bad[n % bad.length] ?? '' },
      judge,
      deathOf(n, chance),
    )
    onRequest = () => engine.requested()
    if (!(await engine.over)) break
  }
  await new Life({ ...orders, mode: 'drain', from: 0, left: '' }, judge, { at: 'end' }).over
  for (const mail of smtp.mails) judge.mail(mail)
  await Promise.all([receiver.close(), smtp.close()])
  await rm(dir, { recursive: true, force: true })
  return judge.verdict()
}

/** Each moment in turn, the start, and any time at all. */
function deathOf(n: number, chance: () => number): Death {
  const at = [...moments, 'start', 'load'][n % (moments.length + 2)] as Moment | 'start' | 'load'
  if (at === 'start') return { at, ms: chance() * 600 }
  return at === 'load' ? { at, ms: chance() * 1_200 } : { at, nth: 1 + Math.floor(chance() * among[at]) }
}

/** One engine, from its start to its end. */
class Life {
  /** Whether it ended as it was meant to. */
  readonly over: Promise<boolean>
  readonly #judge: Judge
  readonly #death: Death
  readonly #child: ChildProcessByStdio<null, Readable, null>
  #requests = 0

  constructor(orders: Orders, judge: Judge, death: Death) {
    const fuse = 'nth' in death && death.at !== 'sending' ? { fuse: { moment: death.at, nth: death.nth } } : {}
    const program = join(import.meta.dirname, 'engine.ts')
    const args = ['--import', 'tsx', program, JSON.stringify({ ...orders, ...fuse })]
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#judge = judge
    this.#death = death
    judge.begin()
    if (death.at === 'start') this.#killIn(death.ms)
    this.over = this.#listen(once(this.#child, 'exit'))
  }

  /** A request has come, and is not answered yet. */
  requested(): void {
    this.#requests += 1
    if (this.#death.at !== 'sending' || this.#requests !== this.#death.nth) return
    this.#judge.killed('sending')
    this.#child.kill('SIGKILL')
  }

  async #listen(ended: Promise<unknown[]>): Promise<boolean> {
    for await (const line of createInterface({ input: this.#child.stdout })) {
      const word = parse(line)
      if (word === null) continue
      this.#judge.hear(word)
      if (word.t === 'up' && this.#death.at !== 'end')
        this.#killIn(this.#death.at === 'load' ? this.#death.ms : lifeMsMax)
    }
    const [code, signal] = await ended
    const isMeant = this.#death.at === 'end' ? code === 0 : signal === 'SIGKILL'
    if (!isMeant) this.#judge.crashed(`an engine ended by itself, with ${String(code ?? signal)}`)
    return isMeant
  }

  #killIn(ms: number): void {
    void sleep(ms).then(() => this.#child.kill('SIGKILL'))
  }
}

/** The last line may have been cut off by the kill. */
function parse(line: string): Word | null {
  try {
    return JSON.parse(line) as Word
  } catch {
    return null
  }
}
