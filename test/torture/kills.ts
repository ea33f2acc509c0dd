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
import { bad, mannerOf, type Orders, type Plant, type Word } from './fleet.ts'
import { Judge, type Verdict } from './judge.ts'
import { among, momentsOf, type Moment } from './moments.ts'
import type { PolicyName } from './policies.ts'

/** An engine that does not come to the moment of its death is killed so long after it came up. */
const lifeMsMax = 6_000
/** Room for the numbers of one run's events. */
const eventsPerRun = 1_000_000

/** How one engine ends. `at`: by itself, at the n-th of a moment; or so long after its process began, or came up. */
type Death =
  | { readonly at: Moment; readonly nth: number }
  | { readonly at: 'start' | 'load'; readonly ms: number }
  | { readonly at: 'end' }

/** What a run is. */
export interface Run {
  readonly policy: PolicyName
  readonly kills: number
  /** From 0 up to 1. */
  readonly chance: () => number
  readonly plant: Plant | null
}

/** Kills a real process `kills` times at moments that chance decides, restarts it each time, and judges the whole. */
export async function torture({ policy, kills, chance, plant }: Run): Promise<Verdict> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-torture-'))
  const [receiver, smtp] = await Promise.all([startReceiver(), startSmtp()])
  const judge = new Judge()
  const receivers = new Receivers(chance)
  let onRequest = () => undefined as void
  receiver.answer((request) => {
    const status = receivers.statusOf(request.path)
    judge.request(request, status)
    onRequest()
    return status
  })
  const live = async (orders: Pick<Orders, 'mode' | 'from' | 'left'>, death: Death) => {
    judge.begin()
    const life = new Life(
      { ...orders, dir: join(dir, 'data'), receiverUrl: receiver.url, smtpUrl: smtp.url, policy, plant },
      judge,
      death,
    )
    onRequest = () => life.requested()
    const isMeant = await life.over
    // A mail that came just before the end is still being read.
    await sleep(50)
    judge.mails(smtp.mails)
    return isMeant
  }
  for (let n = 0; n < kills; n += 1) {
    const orders = { mode: 'load', from: n * eventsPerRun, left: bad[n % bad.length] ?? '' } as const
    if (!(await live(orders, deathOf(n, policy, chance)))) break
    // What was planted has been noticed: nothing more is to be learnt.
    if (plant !== null && judge.isBreached) break
  }
  receivers.mend()
  await live({ mode: 'drain', from: 0, left: '' }, { at: 'end' })
  await Promise.all([receiver.close(), smtp.close()])
  await rm(dir, { recursive: true, force: true })
  return judge.verdict()
}

/** Each moment in turn, the start, and any time at all. */
function deathOf(n: number, policy: PolicyName, chance: () => number): Death {
  const moments = momentsOf(policy)
  const at = [...moments, 'start', 'load'][n % (moments.length + 2)] as Moment | 'start' | 'load'
  if (at === 'start') return { at, ms: chance() * 600 }
  return at === 'load' ? { at, ms: chance() * 1_200 } : { at, nth: 1 + Math.floor(chance() * among[at]) }
}

/** What the receivers answer. */
class Receivers {
  readonly #chance: () => number
  readonly #counts = new Map<string, number>()
  #areMended = false

  constructor(chance: () => number) {
    this.#chance = chance
  }

  /** From now on the bad ones are sound. */
  mend(): void {
    this.#areMended = true
  }

  statusOf(path: string): number {
    if (!path.endsWith('-bad')) return this.#chance() < 0.02 ? 503 : 200
    const manner = this.#areMended ? 'sound' : mannerOf(path.slice(1))
    if (manner === 'gone') return 404
    if (manner === 'asking') return 410
    const count = (this.#counts.get(path) ?? 0) + 1
    this.#counts.set(path, count)
    return manner === 'shaky' && count % shaky.of <= shaky.down ? 503 : 200
  }
}

/** Long enough down that it breaks, and long enough up that it recovers. */
const shaky = { down: 18, of: 60 } as const

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
