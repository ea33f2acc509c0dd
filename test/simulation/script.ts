import type { Crash, MailServer, SeededRandom, Trouble } from '../../src/testing.ts'
import { rules } from './rules.ts'

/** What may be answered; all of it JSON. */
export type Answer = number | Trouble | { readonly status: number; readonly [part: string]: unknown }

/** One step of a simulated world; all of it JSON, so that a failure can be printed and shortened. */
export type Action =
  | { readonly do: 'emit'; readonly count: number; readonly key?: string }
  | { readonly do: 'traffic'; readonly everyMs: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'answer'; readonly bot: string; readonly answer: Answer; readonly forMs?: number }
  | { readonly do: 'latency'; readonly bot: string; readonly ms: number }
  | { readonly do: 'admin'; readonly call: Call; readonly bot: string }
  | { readonly do: 'move'; readonly bot: string; readonly to: string }
  | { readonly do: 'owners'; readonly bot: string; readonly count: number }
  | { readonly do: 'install' | 'uninstall' | 'remove'; readonly bot: string }
  | { readonly do: 'replay'; readonly bot: string; readonly as: 'same' | 'fresh' }
  | { readonly do: 'look' }
  | { readonly do: 'crash'; readonly how: Crash; readonly downMs: number }
  | { readonly do: 'crash at'; readonly how: Crash; readonly write: number }
  | { readonly do: 'fail at'; readonly write: number; readonly code: string }
  | { readonly do: 'full'; readonly ms: number }
  | { readonly do: 'restart'; readonly rule?: string }
  | { readonly do: 'clock'; readonly byMs: number }
  | { readonly do: 'suspend' | 'cut'; readonly ms: number }
  | { readonly do: 'mail'; readonly server: MailServer }

export type Call = 'enable' | 'enable left' | 'enable forced' | 'disable' | 'pause' | 'resume' | 'probe' | 'flicker'

/** A whole run: the same script, the same trace. */
export interface Script {
  readonly seed: number
  readonly rule: string
  readonly bots: readonly string[]
  readonly ordered: boolean
  readonly checkpointMs: number
  readonly segmentBytesMax: number
  readonly backlogBytesMax: number
  readonly actions: readonly Action[]
}

const [secondMs, minuteMs, hourMs, dayMs] = [1_000, 60_000, 3_600_000, 86_400_000]
const stepsMin = 15
const stepsMax = 45

export function drawScript(random: SeededRandom, seed: number): Script {
  const dice = new Dice(random)
  const bots = ['ann', 'bob', 'cat'].slice(0, dice.whole(1, 3))
  const setting = {
    seed,
    rule: dice.of(Object.keys(rules)),
    bots,
    ordered: dice.happens(0.2),
    checkpointMs: dice.of([1, 10 * secondMs, 10 * minuteMs]),
    segmentBytesMax: dice.of([4_096, 65_536, 2 ** 20]),
    backlogBytesMax: dice.happens(0.15) ? 65_536 : 2 ** 30,
  }
  const actions = Array.from({ length: dice.whole(stepsMin, stepsMax) }, () =>
    dice.happens(0.08) ? drawFlight(dice, bots) : [drawAction(dice, bots)],
  ).flat()
  return { ...setting, actions: [{ do: 'emit', count: 2 }, ...actions] }
}

function drawAction(dice: Dice, bots: readonly string[]): Action {
  const bot = dice.of(bots)
  return dice.weighted<Action>([
    [18, () => ({ do: 'pass', ms: drawSpan(dice) })],
    [
      14,
      () => ({ do: 'emit', count: dice.whole(1, 6), ...(dice.happens(0.3) ? { key: `k${dice.whole(1, 4)}` } : {}) }),
    ],
    [3, () => ({ do: 'traffic', everyMs: dice.of([0, 20 * minuteMs, hourMs]) })],
    [
      16,
      () => ({ do: 'answer', bot, answer: drawAnswer(dice), ...(dice.happens(0.4) ? { forMs: drawSpan(dice) } : {}) }),
    ],
    [6, () => ({ do: 'latency', bot, ms: dice.of([0, 50, 900, 4 * secondMs, 20 * secondMs]) })],
    [14, () => ({ do: 'admin', bot, call: dice.of(calls) })],
    [3, () => ({ do: 'move', bot, to: dice.of([...bots, 'dora']) })],
    [2, () => ({ do: 'owners', bot, count: dice.whole(0, 3) })],
    [1, () => ({ do: 'remove', bot })],
    [2, () => ({ do: dice.of(['install', 'uninstall'] as const), bot })],
    [3, () => ({ do: 'replay', bot, as: dice.of(['same', 'fresh'] as const) })],
    [6, () => ({ do: 'look' })],
    [5, () => ({ do: 'crash', how: drawCrash(dice), downMs: dice.happens(0.5) ? 0 : drawSpan(dice) })],
    [6, () => ({ do: 'crash at', how: drawCrash(dice), write: dice.whole(1, 40) })],
    [2, () => ({ do: 'fail at', write: dice.whole(1, 30), code: dice.of(['EIO', 'ENOSPC']) })],
    [1, () => ({ do: 'full', ms: dice.of([secondMs, hourMs]) })],
    [3, () => ({ do: 'restart', ...(dice.happens(0.3) ? { rule: dice.of(Object.keys(rules)) } : {}) })],
    [2, () => ({ do: 'clock', byMs: dice.of([-hourMs, -minuteMs, minuteMs, hourMs, dayMs, 31 * dayMs]) })],
    [1, () => ({ do: 'suspend', ms: drawSpan(dice) })],
    [1, () => ({ do: 'cut', ms: drawSpan(dice) })],
    [3, () => ({ do: 'mail', server: dice.of(['up', 'up', 'down', 'refusing', 'mute'] as const) })],
  ])
}

/** Somebody steers while attempts are under way, which chance alone rarely meets. */
function drawFlight(dice: Dice, bots: readonly string[]): readonly Action[] {
  const bot = dice.of(bots)
  const admin = (call: Call): Action => ({ do: 'admin', bot, call })
  return [
    { do: 'latency', bot, ms: dice.of([900, 4 * secondMs]) },
    { do: 'answer', bot, answer: drawAnswer(dice) },
    { do: 'emit', count: dice.whole(1, 5) },
    { do: 'pass', ms: dice.of([1, 500]) },
    ...dice.of([[admin('flicker')], [admin('disable'), admin('enable forced')], [admin('pause'), admin('resume')]]),
    { do: 'pass', ms: dice.of([1, secondMs, 30 * secondMs]) },
  ]
}

const calls: readonly Call[] = [
  ...(['enable', 'enable left', 'enable forced', 'disable', 'pause', 'resume'] as const),
  ...(['probe', 'flicker'] as const),
]

function drawAnswer(dice: Dice): Answer {
  return dice.weighted<Answer>([
    [6, () => 200],
    [4, () => dice.of([500, 502, 503])],
    [4, () => dice.of([400, 401, 404, 422])],
    [4, () => dice.of(['hang', 'drop', 'refuse', 'tls', 'dns'] as const)],
    [1, () => 'blocked'],
    [1, () => 410],
    [2, () => ({ status: 429, retryAfter: dice.of([secondMs, hourMs]) })],
    [1, () => ({ status: 200, slowBody: 10 * secondMs })],
    [
      1,
      () => ({ status: dice.of([200, 500]), headers: { 'webhook-delivery': dice.of(['disable', 'abort-message']) } }),
    ],
  ])
}

function drawSpan(dice: Dice): number {
  const unit = dice.of([1, secondMs, secondMs, minuteMs, minuteMs, hourMs, hourMs, 6 * hourMs])
  return dice.whole(1, unit >= hourMs ? 4 : 20) * unit
}

function drawCrash(dice: Dice): Crash {
  return dice.happens(0.5) ? 'process' : 'power'
}

/** Draws from chance. */
class Dice {
  readonly #random: SeededRandom

  constructor(random: SeededRandom) {
    this.#random = random
  }

  /** Both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.#random.fraction() * (to - from + 1))
  }

  happens(share: number): boolean {
    return this.#random.fraction() < share
  }

  of<T>(all: readonly T[]): T {
    return all[this.whole(0, all.length - 1)] as T
  }

  weighted<T>(all: readonly (readonly [weight: number, make: () => T])[]): T {
    let left = this.#random.fraction() * all.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, make] of all) if ((left -= weight) < 0) return make()
    throw new Error('a weight was lost')
  }
}
