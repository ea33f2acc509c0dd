import type { ChartState, Folded, Gate, HealthState, Signal, TimedSignal } from '../../domain/health.ts'
import type { IntegrationId } from '../../domain/integration.ts'
import type { OutcomeFacts } from '../../domain/outcome.ts'
import { deadlineOf } from '../../engine/deadline.ts'
import { restless } from '../../engine/health-time.ts'
import type { SuccessSignal } from '../../engine/folds.ts'
import { patienceOf, type Circumstances } from '../../engine/settle.ts'
import { healthStateOf, type View } from '../../machines/index.ts'
import { ChartWalk, type Standing } from '../../machines/walk.ts'
import { explanation } from '../../policy/explanation.ts'
import type { Policy } from '../../policy/health/policy.ts'
import type { Rung } from '../../policy/notices.ts'
import { Letters } from './letters.ts'
import { allCounts, type HealthClock } from './own-side.ts'

/** A change of health, and the sentence that explains it. */
export interface HealthChange {
  readonly at: number
  readonly from: HealthState
  readonly to: HealthState
  /** The rule that fired, as evidence names it. */
  readonly rule: string
  readonly sentence: string
}

/** How an attempt ended, without its headers. */
export interface Heard {
  readonly at: number
  readonly outcome: OutcomeFacts
}

/** Whoever decides what becomes of one integration: a policy on the chart, or a model of another rule. */
export interface Keeper {
  /** Its outcomes, schedule, lane and deadline. */
  readonly policy: Policy
  readonly gate: Gate
  /** Raised whenever the gate changes. */
  readonly epoch: number
  readonly state: ChartState
  /** Time alone may change something then. */
  readonly nextAt: number
  readonly changes: readonly HealthChange[]
  readonly told: readonly Rung[]
  hear(signal: TimedSignal): void
  succeed(signal: SuccessSignal): void
  /** Everything that time alone brings until this moment. */
  advanceTo(at: number): void
  /** Time counts again after an outage of our own. */
  thawed(at: number): void
  /** What being asked to wait costs, where it stands. */
  patience(ended: Heard): Pick<Circumstances, 'patience'>
}

/** Tells a keeper what an attempt came to. */
export function tell(keeper: Pick<Keeper, 'hear' | 'succeed'>, signal: Signal): void {
  if (signal.type === 'delivery.ok') keeper.succeed(signal)
  else keeper.hear(signal as TimedSignal)
}

/** One integration as the engine would watch it under a policy: chart, timers and notices, and successes in bulk. */
export class Watched implements Keeper {
  readonly policy: Policy
  readonly #id: IntegrationId
  readonly #walk: ChartWalk
  readonly #letters: Letters
  readonly #side: HealthClock
  readonly #changes: HealthChange[] = []
  #standing: Standing
  #deadlineAt: number
  #folded: Folded | undefined
  #bucket = 0

  constructor(policy: Policy, id: IntegrationId, at: number, side: HealthClock = allCounts) {
    this.policy = policy
    this.#id = id
    this.#side = side
    this.#walk = new ChartWalk(policy)
    this.#letters = new Letters(policy.notices, side)
    this.#standing = this.#walk.begin({ integrationId: id, at })
    this.#deadlineAt = deadlineOf(viewOf(this.#standing)) ?? Infinity
  }

  get gate(): Gate {
    return this.#standing.context.gate
  }

  get epoch(): number {
    return this.#standing.context.epoch
  }

  get state(): ChartState {
    return this.#standing.state
  }

  get nextAt(): number {
    return Math.min(this.#deadlineAt, this.#letters.nextAt)
  }

  get changes(): readonly HealthChange[] {
    return this.#changes
  }

  get told(): readonly Rung[] {
    return this.#letters.told
  }

  /** Only those move by time alone that it could move: so does the engine have it. */
  thawed(at: number): void {
    const { state } = this.#standing
    if (restless.includes(state)) this.hear({ type: 'timer.due', timer: 'deadline', at })
  }

  patience(ended: Heard): Pick<Circumstances, 'patience'> {
    return patienceOf(this.policy, this.#standing, ended)
  }

  /** Counted in bulk while it could not change the verdict, as the engine does it. */
  succeed(signal: SuccessSignal): void {
    const bucket = this.policy.bucketOf(signal.at)
    if (this.#folded !== undefined && (bucket !== this.#bucket || this.#folded.status !== signal.status)) this.#flush()
    if (!this.#isFoldable()) return this.hear(signal)
    const { n, firstAt } = this.#folded ?? { n: 0, firstAt: signal.firstAt }
    this.#folded = { n: n + signal.n, firstAt, lastAt: signal.lastAt, status: signal.status }
    this.#bucket = bucket
  }

  hear(signal: TimedSignal): void {
    this.#flush()
    this.#step({ ...signal, lostMs: this.#side.lostMs })
  }

  #isFoldable(): boolean {
    const { state, context } = this.#standing
    return state === 'healthy.steady' && this.policy.foldable(context.policy.memory)
  }

  /** What was counted in bulk is remembered, and judged with what comes next: it could not change the verdict. */
  #flush(): void {
    const folded = this.#folded
    if (folded === undefined) return
    this.#folded = undefined
    const { state, context } = this.#standing
    const at = folded.lastAt
    const memory = this.policy.observe(context.policy.memory, { type: 'delivery.ok', ...folded, at })
    this.#standing = { state, context: { ...context, at, policy: { ...context.policy, memory } } }
  }

  advanceTo(at: number): void {
    for (let next = this.nextAt; next <= at; next = this.nextAt) {
      if (next === this.#deadlineAt) this.hear({ type: 'timer.due', timer: 'deadline', at: next })
      else this.#letters.due(viewOf(this.#standing), next)
    }
  }

  #step(signal: TimedSignal): void {
    const before = this.#standing
    this.#standing = this.#walk.hear(before, signal)
    if (this.#standing === before) return
    const { state, context } = this.#standing
    const againMs = this.#side.isFrozen ? frozenEveryMs : judgeEveryMs
    const earliest = signal.type === 'timer.due' ? signal.at + againMs : 0
    this.#deadlineAt = Math.max(deadlineOf(viewOf(this.#standing)) ?? Infinity, earliest)
    this.#letters.follow({ id: this.#id, signal, before: viewOf(before), after: viewOf(this.#standing) })
    this.#note(this.#standing, signal.at)
    if (state === 'broken.condemned') this.hear({ type: 'disable.committed', at: context.at })
  }

  /** Which of the states it entered are another health than the one before; condemned it is only on its way. */
  #note({ context }: Standing, at: number): void {
    for (const state of context.walked) {
      const from = this.#changes.at(-1)?.to ?? 'healthy'
      const to = healthStateOf(state)
      if (to === from || state === 'broken.condemned') continue
      const { sentence, evidence } = explanation(state, { ...context, since: at }, nothingHeld, { policy: this.policy })
      this.#changes.push({ at, from, to, rule: evidence.rule, sentence })
    }
  }
}

/** A policy whose forecast does not come true is asked again this often, as the engine does it. */
const judgeEveryMs = 1_000
/** While no time counts. */
const frozenEveryMs = 60_000

/** How many are held or dead is told in numbers. */
const nothingHeld = { held: {}, dead: {} }

function viewOf({ state, context }: Standing): View {
  return { state, value: state, context }
}
