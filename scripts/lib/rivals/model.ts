import type { ChartState, Gate, HealthState, TimedSignal } from '../../../src/domain/health.ts'
import type { Rung } from '../../../src/policy/notices.ts'
import type { OutcomeRule, OutcomeTable, Policy } from '../../../src/policy/index.ts'
import type { HealthChange, Keeper } from '../../../src/testing/simulate/watched.ts'

/** The documented part of a rule that is numbers. */
export interface Numbers {
  readonly name: string
  readonly retriesMs: readonly number[]
  readonly deadlineMs: number
  /** After this outcome the next attempt does not come sooner. */
  readonly waitMsMin?: Partial<Record<'throttled' | 'timeout', number>>
  readonly probesMs?: number
}

/** One attempt, as a model hears of it. */
export interface Heard {
  readonly at: number
  readonly isOk: boolean
  /** No further attempt follows. */
  readonly isFinal: boolean
}

/**
 * Another sender's rule for one endpoint, from what its documentation or source says. It is run by the same simulation as
 * our policies, so that only the rule differs: every failure is retried by its schedule, in lanes of our width.
 */
export abstract class Model implements Keeper {
  readonly policy: Policy
  readonly #changes: HealthChange[] = []
  readonly #told: Rung[] = []
  #state: ChartState = 'healthy.steady'
  #epoch = 0

  constructor(numbers: Numbers) {
    this.policy = policyOf(numbers)
  }

  get state(): ChartState {
    return this.#state
  }

  get gate(): Gate {
    return gates[this.#state] ?? 'open'
  }

  get epoch(): number {
    return this.#epoch
  }

  get changes(): readonly HealthChange[] {
    return this.#changes
  }

  get told(): readonly Rung[] {
    return this.#told
  }

  get nextAt(): number {
    return Infinity
  }

  advanceTo(_at: number): void {
    // Most rules look at attempts only.
  }

  thawed(_at: number): void {
    // None of them knows outages of its own.
  }

  patience(): object {
    return {}
  }

  succeed({ at }: { readonly at: number }): void {
    this.attempted({ at, isOk: true, isFinal: true })
  }

  hear(signal: TimedSignal): void {
    const { at, type } = signal
    const isFinal = 'final' in signal && signal.final
    if (type === 'delivery.failed' || type === 'probe.failed') this.attempted({ at, isOk: false, isFinal })
    if (type === 'probe.ok') this.attempted({ at, isOk: true, isFinal: true })
  }

  protected abstract attempted(heard: Heard): void

  protected to(state: ChartState, at: number, rule: string): void {
    const [from, to] = [this.#changes.at(-1)?.to ?? 'healthy', state.split('.')[0] as HealthState]
    const before = this.gate
    this.#state = state
    if (this.gate !== before) this.#epoch += 1
    if (to !== from) this.#changes.push({ at, from, to, rule, sentence: `${this.policy.name}: ${rule}` })
  }

  /** Whoever is told by documentation of the sender, one letter each time. */
  protected tell(step: 'warning-1' | 'warning-2' | 'warning-3' | 'disabled', at: number): void {
    this.#told.push({ kind: step === 'disabled' ? step : 'warning', step, at })
  }
}

const gates: Partial<Record<ChartState, Gate>> = {
  'broken.holding': 'closed',
  'broken.probing': 'probe',
  disabled: 'closed',
}

const failing: OutcomeRule = { settles: 'retry', counts: 'failed' }

function policyOf({ name, retriesMs, deadlineMs, waitMsMin = {}, probesMs = 60_000 }: Numbers): Policy {
  const waiting = (ms = 0): OutcomeRule => ({ ...failing, waitMsMin: ms })
  const kinds: OutcomeTable['kinds'] = {
    ok: { settles: 'delivered', counts: 'ok' },
    ...{
      redirect: failing,
      gone: failing,
      rejected: failing,
      server: failing,
      unreachable: failing,
      protocol: failing,
    },
    ...{ throttled: waiting(waitMsMin.throttled), timeout: waiting(waitMsMin.timeout) },
    blocked: { settles: 'dead', counts: 'none' },
    local: { settles: 'later', counts: 'none' },
  }
  return {
    name,
    version: 1,
    params: {},
    outcomes: { kinds },
    schedule: { retriesMs, jitter: 0, probesMs: [probesMs], probesToRecover: 1, probationMs: 0 },
    lane: { inFlightMax: 4 },
    deadlineMs,
    ignoreTopics: [],
    empty: () => null,
    observe: (memory) => memory,
    judge: () => ({ level: 'healthy', evidence: { rule: name, summary: '', facts: {} }, wouldChange: '' }),
    foldable: () => true,
    bucketOf: () => 0,
    migrate: () => null,
  }
}
