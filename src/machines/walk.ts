import type { ChartState, Gate, HealthContext, Level, Signal } from '../domain/health.ts'
import type { Policy } from '../policy/health/policy.ts'
import { healthContext, type IntegrationInput } from './health-context.ts'

/** An integration where it stands in the chart. */
export interface Standing {
  readonly state: ChartState
  readonly context: HealthContext
}

type Of<Type extends Signal['type']> = Extract<Signal, { type: Type }>

/**
 * The health chart walked without XState: the states and contexts of `createIntegration(policy)` for a fraction of their
 * cost, where months of signals are replayed. What each step changes is shared with the chart; that the steps are the
 * same is proven signal by signal.
 */
export class ChartWalk {
  readonly #change

  constructor(policy: Policy) {
    this.#change = healthContext(policy)
  }

  /** An integration never heard of. */
  begin(input: IntegrationInput): Standing {
    return this.#to('healthy.steady', this.#change.initial(input))
  }

  /** After one more signal; the same value when the chart does not hear it where it stands. */
  hear(standing: Standing, signal: Signal): Standing {
    const { state } = standing
    switch (signal.type) {
      case 'delivery.ok':
      case 'delivery.failed':
        return isJudged(state) ? this.#stay(standing, this.#change.observe(standing.context, signal), signal) : standing
      case 'probe.ok':
      case 'probe.failed':
        return state === 'broken.probing' ? this.#probed(standing, signal) : standing
      case 'timer.due':
        return signal.timer === 'deadline' ? this.#due(standing, signal) : standing
      case 'receiver.disable':
      case 'admin.disable':
        return this.#disabled(standing, signal)
      case 'disable.committed':
        return state === 'broken.condemned' ? this.#noted('disabled', standing, signal) : standing
      case 'admin.enable':
        return isOff(state) ? this.#trusted(standing, signal) : standing
      case 'admin.pause':
        return this.#paused(standing, signal)
      case 'admin.resume':
        return state === 'paused' ? this.#resumed(standing, signal) : standing
      case 'admin.probe':
        return state === 'broken.holding' ? this.#noted('broken.probing', standing, signal) : standing
      case 'notifier.done':
        return standing
    }
  }

  #probed({ context }: Standing, signal: Of<'probe.ok' | 'probe.failed'>): Standing {
    const isProof = signal.type === 'probe.ok' && this.#change.enoughProbes(context, signal)
    if (isProof) return this.#trusted({ state: 'broken.probing', context }, signal)
    return this.#to('broken.holding', changed(context, this.#change.observeProbe(context, signal)))
  }

  #due(standing: Standing, signal: Of<'timer.due'>): Standing {
    const { state, context } = standing
    const isHeard = isJudged(state) || state === 'broken.holding' || state === 'broken.probing'
    return isHeard ? this.#stay(standing, this.#change.judge(context, signal), signal) : standing
  }

  #disabled(standing: Standing, signal: Of<'receiver.disable' | 'admin.disable'>): Standing {
    const { state, context } = standing
    if (state === 'disabled' || state === 'broken.condemned') return standing
    if (state !== 'paused' || context.resumeTo !== 'disabled')
      return this.#to('broken.condemned', changed(context, this.#change.condemn(context, signal)))
    return signal.type === 'admin.disable' ? this.#noted('disabled', standing, signal) : standing
  }

  #trusted({ context }: Standing, signal: Of<'probe.ok' | 'probe.failed' | 'admin.enable'>): Standing {
    return this.#to('healthy.probation', changed(context, this.#change.forgive(context, signal)))
  }

  #paused(standing: Standing, signal: Of<'admin.pause'>): Standing {
    const { state, context } = standing
    if (state === 'paused' || state === 'broken.condemned') return standing
    const from = state === 'broken.probing' ? 'broken.holding' : state
    return this.#to('paused', changed(context, this.#change.remember(context, signal, from)))
  }

  #resumed(standing: Standing, signal: Of<'admin.resume'>): Standing {
    const { context } = standing
    const state = context.resumeTo ?? 'healthy.steady'
    if (state === 'disabled') return this.#noted(state, standing, signal)
    return this.#to(state, changed(context, this.#change.resume(context, signal)))
  }

  #noted(state: ChartState, { context }: Standing, signal: Exclude<Signal, Of<'notifier.done'>>): Standing {
    return this.#to(state, changed(context, this.#change.note(context, signal)))
  }

  /** Changed where it stands, from where the verdict may lead on. */
  #stay({ state, context }: Standing, fields: Partial<HealthContext>, signal: Signal): Standing {
    return this.#settled({ state, context: changed(context, fields) }, signal)
  }

  /** Enters a state, from where the verdict may lead on at once. */
  #to(state: ChartState, context: HealthContext, signal?: Signal): Standing {
    const paced = signal?.type === 'delivery.failed' ? signal : {}
    const begun = state === 'broken.holding' ? changed(context, this.#change.scheduleProbe(context, paced)) : context
    return this.#settled({ state, context: changed(begun, this.#change.enter(begun, state, gates[state])) }, signal)
  }

  #settled(standing: Standing, signal?: Signal): Standing {
    const next = nextOf(standing)
    return next === undefined ? standing : this.#to(next, standing.context, signal)
  }
}

/** The state that the verdict or the time leads to, one at a time. */
function nextOf({ state, context }: Standing): ChartState | undefined {
  const level = order.indexOf(context.verdict.level)
  switch (state) {
    case 'healthy.probation':
      if (context.at >= context.probationUntil) return 'healthy.steady'
      return level > 0 ? 'degraded' : undefined
    case 'healthy.steady':
      return level > 0 ? 'degraded' : undefined
    case 'degraded':
      if (level === 0) return 'healthy.steady'
      return level > 1 ? 'broken.holding' : undefined
    case 'broken.holding':
      if (level > 2) return 'broken.condemned'
      return context.at >= context.probes.dueAt ? 'broken.probing' : undefined
    case 'broken.probing':
      return level > 2 ? 'broken.condemned' : undefined
    case 'broken.condemned':
    case 'disabled':
    case 'paused':
      return undefined
  }
}

const order: readonly Level[] = ['healthy', 'degraded', 'broken', 'disabled']

const gates: Readonly<Record<ChartState, Gate>> = {
  'healthy.steady': 'open',
  'healthy.probation': 'open',
  degraded: 'open',
  'broken.holding': 'closed',
  'broken.probing': 'probe',
  'broken.condemned': 'closed',
  disabled: 'closed',
  paused: 'closed',
}

/** Where deliveries are sent, and what they tell is heard. */
function isJudged(state: ChartState): boolean {
  return state === 'healthy.steady' || state === 'healthy.probation' || state === 'degraded'
}

/** Where it can be enabled by hand. */
function isOff(state: ChartState): boolean {
  return state === 'broken.holding' || state === 'broken.probing' || state === 'disabled'
}

function changed(context: HealthContext, fields: Partial<HealthContext>): HealthContext {
  return { ...context, ...fields }
}
