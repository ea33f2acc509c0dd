import type { Attempt } from '../domain/delivery.ts'
import { textOf } from '../domain/errors.ts'
import type { Explanation, Folded, HealthState, TimedSignal } from '../domain/health.ts'
import type { Integration, IntegrationId } from '../domain/integration.ts'
import { healthStateOf, type Started, type View } from '../machines/index.ts'
import { ChartWalk, type Standing } from '../machines/walk.ts'
import { explanation } from '../policy/explanation.ts'
import type { Policy } from '../policy/health/policy.ts'
import type { Clock, Logger } from '../ports.ts'
import { deadlineOf } from './deadline.ts'
import { Folds } from './folds.ts'
import type { Observers } from './observers.ts'
import type { OwnSide } from './own-side.ts'
import type { Registry } from './registry.ts'
import { settle } from './settle.ts'
import type { Step } from './step.ts'
import type { Timers } from './timers.ts'

/** What a shadow works with. */
export interface ShadowParts {
  readonly policy: Policy
  readonly clock: Clock
  readonly timers: Timers
  readonly observers: Observers
  readonly ownSide: OwnSide
  readonly registry: () => Pick<Registry, 'now'>
  readonly logger: Logger
}

/** Where one integration stands under either policy. */
export interface ShadowDifference {
  readonly integration: IntegrationId
  readonly live: HealthState
  readonly shadow: HealthState
  /** They have differed like this since then. */
  readonly since: number
  /** Why the shadow has it so. */
  readonly explanation: Explanation
}

/** What a shadow has made of everything since the engine started. */
export interface ShadowReport {
  readonly policy: { readonly name: string; readonly version: number }
  /** It has listened since then: it begins anew with each engine. */
  readonly since: number
  /** Integrations it has heard of. */
  readonly heard: number
  /** Integrations it would have disabled, be they enabled again or not. */
  readonly wouldHaveDisabled: number
  readonly differing: number
  /** The first 100 of those that differ. */
  readonly differences: readonly ShadowDifference[]
}

interface Followed {
  standing: Standing
  /** As it was told last. */
  live: HealthState
  shadow: HealthState
  since: number
}

const shownMax = 100
const nothingHeld = { held: {}, dead: {} }
const byShadow = { by: 'shadow', reason: 'an attempt while it would be held' } as const

/**
 * A second policy that hears everything beside the one that decides, and changes nothing. What the live policy had sent
 * is all it hears: where it alone would hold deliveries, each attempt is a probe to it.
 */
export class Shadow {
  readonly #parts: ShadowParts
  readonly #walk: ChartWalk
  readonly #folds: Folds
  readonly #followed = new Map<IntegrationId, Followed>()
  readonly #disabled = new Set<IntegrationId>()
  readonly #since: number

  constructor(parts: ShadowParts) {
    this.#parts = parts
    this.#walk = new ChartWalk(parts.policy)
    this.#folds = new Folds(parts.policy)
    this.#since = parts.clock.now()
  }

  /** An attempt has ended: it counts as this policy has it. */
  heard(started: Started, attempt: Attempt, integration: Pick<Integration, 'id' | 'status'>): void {
    this.#safely(integration.id, () => this.#attempted(started, attempt, integration))
  }

  #attempted(started: Started, attempt: Attempt, { id, status }: Pick<Integration, 'id' | 'status'>): void {
    const followed = this.#follow(id, attempt.at)
    const isProbe = followed.standing.state.startsWith('broken.')
    const known = { status, chance: 0, restedAt: attempt.at }
    const { signal } = settle(this.#parts.policy, { ...started, isProbe }, attempt, known)
    if (signal === undefined || signal.type === 'notifier.done') return
    if (signal.type === 'delivery.ok' && this.#folds.add(id, viewOf(followed.standing), signal) !== undefined) return
    if (isProbe) this.#hear(id, followed, { type: 'admin.probe', at: attempt.at, ...byShadow })
    this.#hear(id, followed, signal)
  }

  /** What is done by hand is done to both; and the live one may have moved. */
  followed(step: Step): void {
    this.#safely(step.id, () => this.#stepped(step))
  }

  #stepped({ id, signal, after }: Step): void {
    if (!this.#followed.has(id) && !('by' in signal) && healthStateOf(after.state) === 'healthy') return
    const followed = this.#follow(id, signal.at)
    if ('by' in signal && signal.type !== 'admin.probe') this.#hear(id, followed, signal)
    else this.#compare(id, followed, signal.at)
  }

  forget(id: IntegrationId): void {
    this.#followed.delete(id)
    this.#disabled.delete(id)
    this.#folds.take(id)
    this.#parts.timers.cancel(keyOf(id))
  }

  report(): ShadowReport {
    const { name, version } = this.#parts.policy
    const differences = [...this.#followed].filter(([, { live, shadow }]) => live !== shadow)
    return {
      policy: { name, version },
      since: this.#since,
      heard: this.#followed.size,
      wouldHaveDisabled: this.#disabled.size,
      differing: differences.length,
      differences: differences.slice(0, shownMax).map(([integration, { live, shadow, since, standing }]) => {
        return { integration, live, shadow, since, explanation: this.#explain(standing) }
      }),
    }
  }

  #follow(id: IntegrationId, at: number): Followed {
    const known = this.#followed.get(id)
    if (known !== undefined) return known
    const standing = this.#walk.begin({ integrationId: id, at })
    const followed: Followed = { standing, live: 'healthy', shadow: 'healthy', since: at }
    this.#followed.set(id, followed)
    return followed
  }

  #hear(id: IntegrationId, followed: Followed, signal: TimedSignal): void {
    const folded = this.#folds.take(id)
    if (folded !== undefined) followed.standing = this.#walk.hear(followed.standing, successes(folded))
    const { lostMs } = this.#parts.ownSide.time
    followed.standing = this.#walk.hear(followed.standing, { ...signal, lostMs })
    if (followed.standing.state === 'broken.condemned')
      followed.standing = this.#walk.hear(followed.standing, { type: 'disable.committed', at: signal.at })
    this.#compare(id, followed, signal.at)
    this.#watch(id, followed)
  }

  #compare(id: IntegrationId, followed: Followed, at: number): void {
    const shadow = healthStateOf(followed.standing.state)
    const live = healthStateOf(this.#parts.registry().now(id).state)
    if (shadow === 'disabled') this.#disabled.add(id)
    if (live === followed.live && shadow === followed.shadow) return
    Object.assign(followed, { live, shadow, since: at })
    const explained = this.#explain(followed.standing)
    this.#parts.observers.tell('shadow', { integration: id, at, live, shadow, explanation: explained })
  }

  /** Time alone may move it, too. */
  #watch(id: IntegrationId, followed: Followed): void {
    const { clock, timers } = this.#parts
    const dueAt = deadlineOf(viewOf(followed.standing))
    if (dueAt === undefined) return timers.cancel(keyOf(id))
    timers.set(keyOf(id), Math.max(dueAt, clock.now() + 1_000), () => {
      this.#safely(id, () => this.#hear(id, followed, { type: 'timer.due', timer: 'deadline', at: clock.now() }))
    })
  }

  /** A rule that throws harms itself alone: of this integration it begins anew. */
  #safely(id: IntegrationId, hear: () => void): void {
    try {
      hear()
    } catch (error) {
      this.forget(id)
      this.#parts.logger.error({ integration: id, error: textOf(error) }, 'the policy in the shadow failed')
    }
  }

  #explain({ state, context }: Standing): Explanation {
    return explanation(state, context, nothingHeld, { policy: this.#parts.policy })
  }
}

function viewOf({ state, context }: Standing): View {
  return { state, value: state, context }
}

function successes(folded: Folded): TimedSignal {
  return { type: 'delivery.ok', ...folded, at: folded.lastAt }
}

function keyOf(id: IntegrationId): string {
  return `shadow:${id}`
}
