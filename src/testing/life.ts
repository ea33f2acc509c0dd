import type { Json } from '../domain/json.ts'
import type { IntegrationStatus } from '../domain/integration.ts'
import type { OutcomeFacts } from '../domain/outcome.ts'
import { forgiven, ruleFor, type CountedSignal, type Policy } from '../policy/health/policy.ts'
import { chances, oneOf, spanMs, whole } from './chances.ts'

/** One moment in the life of an integration: what came, and what the rule made of it. */
export interface Moment {
  /** Counted from 1. */
  readonly n: number
  readonly at: number
  readonly before: Json
  readonly signal: CountedSignal
  readonly memory: Json
}

/** How things are for a while. */
interface Mood {
  readonly left: number
  readonly paceMs: number
  /** Of all attempts, so many succeed. */
  readonly okShare: number
  readonly failure: OutcomeFacts | undefined
  readonly status: IntegrationStatus
}

interface Delivery {
  readonly id: string
  readonly acceptedAt: number
  readonly attempts: number
}

const startMs = Date.UTC(2024, 5, 3)
const dayMs = 86_400_000

/**
 * The life of an integration, made up from a seed: good times and bad ones, fast and slow, through every level the
 * rule has. As the engine does, it probes what is broken, and forgives what recovers or is enabled again.
 */
export function* life(policy: Policy, seed: number, signals: number): Generator<Moment, void> {
  const chance = chances(seed)
  const traffic = new Traffic(policy, chance)
  let memory = policy.empty()
  let [at, isBroken, good] = [startMs, false, 0]
  for (let n = 1; n <= signals; n += 1) {
    at += traffic.paceMs()
    const { level } = policy.judge(memory, at)
    if (level === 'disabled') at += spanMs(chance, 60_000, 20 * dayMs)
    if (level === 'disabled' || good >= policy.schedule.probesToRecover) {
      ;({ memory } = forgiven(policy, memory, at))
      ;[isBroken, good] = [false, 0]
    }
    isBroken ||= policy.judge(memory, at).level === 'broken'
    const signal = traffic.next(at, isBroken, !isBroken && policy.foldable(memory))
    const before = memory
    memory = policy.observe(memory, signal)
    if (isBroken) good = signal.type === 'probe.ok' ? good + 1 : 0
    yield { n, at, before, signal, memory }
  }
}

const outcomes: readonly OutcomeFacts[] = [
  ...([302, 400, 401, 404, 410, 422, 429, 500, 502] as const).map((status) => answer(status)),
  { kind: 'throttled', status: 503, code: 'HTTP_503' },
  { kind: 'timeout', status: 0, code: 'DEADLINE' },
  { kind: 'unreachable', status: 0, code: 'ECONNREFUSED' },
  { kind: 'protocol', status: 0, code: 'HPE_INVALID_VERSION' },
  { kind: 'blocked', status: 0, code: 'ADDRESS_REFUSED' },
]
const fine: OutcomeFacts = answer(200)

function answer(status: 200 | 302 | 400 | 401 | 404 | 410 | 422 | 429 | 500 | 502): OutcomeFacts {
  const own = { 200: 'ok', 302: 'redirect', 410: 'gone', 429: 'throttled', 500: 'server', 502: 'server' } as const
  return { kind: status in own ? own[status as keyof typeof own] : 'rejected', status, code: `HTTP_${status}` }
}

/** Attempts of a few deliveries at a time, and what comes of them by the policy's own table. */
class Traffic {
  readonly #policy: Policy
  readonly #chance: () => number
  readonly #failing: readonly OutcomeFacts[]
  readonly #asking: readonly OutcomeFacts[]
  #open: readonly Delivery[] = []
  #made = 0
  #mood: Mood

  constructor(policy: Policy, chance: () => number) {
    const counting = (what: string) => outcomes.filter((outcome) => ruleFor(policy, outcome).counts === what)
    this.#policy = policy
    this.#chance = chance
    this.#failing = counting('failed')
    this.#asking = counting('disable')
    this.#mood = this.#newMood()
  }

  paceMs(): number {
    if (this.#mood.left <= 0) this.#mood = this.#newMood()
    return spanMs(this.#chance, this.#mood.paceMs / 3, this.#mood.paceMs * 3)
  }

  next(at: number, isProbe: boolean, mayFold: boolean): CountedSignal {
    const { okShare, failure, status, left } = this.#mood
    this.#mood = { ...this.#mood, left: left - 1 }
    const isOk = failure === undefined || this.#chance() < okShare
    if (isOk && !isProbe) return this.#ok(at, status, mayFold)
    if (isOk) return { type: 'probe.ok', ...this.#attempt(at, fine), status, isLast: false }
    const asking = oneOf(this.#chance, this.#asking)
    if (this.#asking.length > 0 && this.#chance() < 0.005)
      return { type: 'receiver.disable', ...this.#attempt(at, asking), status }
    const attempt = this.#attempt(at, this.#chance() < 0.8 ? failure : oneOf(this.#chance, this.#failing))
    if (isProbe) return { type: 'probe.failed', ...attempt, final: false, status, isLast: false }
    return { type: 'delivery.failed', ...attempt, status }
  }

  #ok(at: number, status: IntegrationStatus, mayFold: boolean): CountedSignal {
    const firstAt = at - whole(this.#chance, 0, Math.floor(this.#mood.paceMs / 3))
    const isBulk = mayFold && this.#policy.bucketOf(firstAt) === this.#policy.bucketOf(at)
    const n = isBulk ? spanMs(this.#chance, 1, 1_000) : 1
    return { type: 'delivery.ok', n, firstAt: n > 1 ? firstAt : at, lastAt: at, at, status }
  }

  /** The next attempt of a delivery that waits for one, or the first of a new one. */
  #attempt(at: number, outcome: OutcomeFacts) {
    const isNew = this.#open.length === 0 || (this.#open.length < 4 && this.#chance() < 0.5)
    const delivery = isNew ? this.#newDelivery(at) : oneOf(this.#chance, this.#open)
    const attempt = delivery.attempts + 1
    const { settles, attemptsMax = Infinity } = ruleFor(this.#policy, outcome)
    const isOver = settles === 'dead' || attempt >= Math.min(attemptsMax, this.#policy.schedule.retriesMs.length + 1)
    const others = this.#open.filter(({ id }) => id !== delivery.id)
    this.#open = isOver || outcome === fine ? others : [...others, { ...delivery, attempts: attempt }]
    const { id: deliveryId, acceptedAt } = delivery
    return { at, topic: 'invoice.paid', deliveryId, acceptedAt, outcome, attempt, final: isOver } as const
  }

  #newDelivery(at: number): Delivery {
    this.#made += 1
    return { id: `dlv_${this.#made}`, acceptedAt: at - whole(this.#chance, 0, 1_000), attempts: 0 }
  }

  /** One mood in five is that of a receiver that is gone for days. */
  #newMood(): Mood {
    const [chance, failing] = [this.#chance, this.#failing]
    const isGone = chance() < 0.2
    return {
      left: isGone ? whole(chance, 30, 90) : whole(chance, 1, 60),
      paceMs: isGone ? spanMs(chance, dayMs / 8, dayMs) : spanMs(chance, 300, 2 * dayMs),
      okShare: isGone ? 0 : oneOf(chance, [0, 0.1, 0.5, 0.7, 0.95, 1]),
      failure: failing.length === 0 ? undefined : oneOf(chance, failing),
      status: oneOf(chance, ['internal', 'internal', 'unpublished', 'published']),
    }
  }
}
