import type { ChartState, Folded, Gate, IntegrationRecord, Transition } from '../../../domain/health.ts'
import type { IntegrationId } from '../../../domain/integration.ts'
import { chartStateOf } from '../../../machines/index.ts'
import type { CountedSignal, Policy } from '../../../policy/health/policy.ts'
import type { Change, Recovered } from '../../../ports.ts'
import type { Violations } from './violations.ts'

const anyway: readonly ChartState[] = ['paused', 'broken.condemned']

/** From each state of the chart, the states that one step leads to. */
export const chartSteps: Readonly<Record<ChartState, readonly ChartState[]>> = {
  'healthy.steady': ['degraded', ...anyway],
  'healthy.probation': ['healthy.steady', 'degraded', ...anyway],
  degraded: ['healthy.steady', 'broken.holding', ...anyway],
  'broken.holding': ['broken.probing', 'healthy.probation', ...anyway],
  'broken.probing': ['broken.holding', 'healthy.probation', ...anyway],
  'broken.condemned': ['disabled'],
  disabled: ['healthy.probation', 'paused'],
  paused: ['healthy.steady', 'healthy.probation', 'degraded', 'broken.holding', 'broken.condemned', 'disabled'],
}

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

type Counted = Pick<Folded, 'firstAt' | 'lastAt' | 'n'>

interface Standing {
  /** As last given to the store, and as last known to be durable; none before the first signal. */
  record: IntegrationRecord | undefined
  durable: IntegrationRecord | undefined
  /** Successes after each of both. */
  folded: number
  durableFolded: number
  /** Its integration is being removed: nobody knows whether a restart finds it. */
  isDoubtful?: true
}

/** The records of all integrations, and the steps that led to them. */
export class ChartBook {
  readonly #violations: Violations
  readonly #policy: () => Policy
  readonly #byId = new Map<IntegrationId, Standing>()
  /** The policy whose buckets are counted in, and where that begins which was counted in those of another one. */
  #counting: Policy | undefined
  readonly #inherited = new Set<number>()

  constructor(violations: Violations, policy: () => Policy) {
    this.#violations = violations
    this.#policy = policy
  }

  /** As last given to the store. */
  latest(id: IntegrationId): IntegrationRecord | undefined {
    return this.#byId.get(id)?.record
  }

  /** As the world may know it. */
  durable(id: IntegrationId): IntegrationRecord | undefined {
    return this.#byId.get(id)?.durable
  }

  /** The policy is told of successes that were counted in bulk. */
  observing(signal: CountedSignal): void {
    if (signal.type === 'delivery.ok' && !this.#inherited.has(signal.firstAt)) this.#checkBucket('the policy', signal)
  }

  changing(change: Change): void {
    const standing = this.#of(change.integrationId)
    if (change.folded !== undefined) this.#checkFolded(change.integrationId, standing, change.folded)
    this.#checkSteps(change, standing)
    if (change.record === undefined) standing.folded += change.folded?.n ?? 0
    else Object.assign(standing, { record: change.record, folded: 0 })
  }

  changed({ integrationId, record, folded }: Change): void {
    const standing = this.#of(integrationId)
    if (record === undefined) standing.durableFolded += folded?.n ?? 0
    else Object.assign(standing, { durable: record, durableFolded: 0 })
  }

  doubt(id: IntegrationId): void {
    this.#of(id).isDoubtful = true
  }

  forget(id: IntegrationId): void {
    this.#byId.delete(id)
  }

  /** Each record is the last durable one or one that was on its way, and so are the successes after it. */
  recovered({ records, successesAfter }: Recovered): void {
    const found = new Map(records.map((record) => [record.context.integrationId, record]))
    for (const [id, { record, durable, folded, durableFolded, isDoubtful }] of this.#byId) {
      if (isDoubtful === true) continue
      const rev = found.get(id)?.rev ?? 0
      const isBetween = rev >= (durable?.rev ?? 0) && rev <= (record?.rev ?? 0)
      this.#violations.unless(isBetween, 'what is answered is durable', () => `${id} came back with record ${rev}, and had ${durable?.rev ?? 0}`) // prettier-ignore
      if (durable !== undefined && rev === durable.rev)
        this.#violations.unless(isSame(durable, found.get(id)), 'what is answered is durable', () => `${id} came back with another record ${rev}`) // prettier-ignore
      const n = successesAfter.get(id)?.n ?? 0
      const isCounted = rev !== durable?.rev || n >= durableFolded
      this.#violations.unless(isCounted, 'what is answered is durable', () => `${id} had ${durableFolded} successes, and has ${n}`) // prettier-ignore
      this.#violations.unless(rev !== record?.rev || n <= folded, 'what is answered is durable', () => `${id} has ${n} successes, and had ${folded}`) // prettier-ignore
    }
    this.#byId.clear()
    for (const [id, record] of found) {
      const n = successesAfter.get(id)?.n ?? 0
      this.#byId.set(id, { record, durable: record, folded: n, durableFolded: n })
    }
    const policy = this.#policy()
    // What was counted for another policy lies in its buckets.
    const isOther = policy !== this.#counting
    this.#counting = policy
    for (const [id, folded] of successesAfter)
      if (isOther) this.#inherited.add(folded.firstAt)
      else if (!this.#inherited.has(folded.firstAt)) this.#checkBucket(id, folded)
    for (const [id, { n }] of successesAfter)
      if (!found.has(id)) this.#byId.set(id, { record: undefined, durable: undefined, folded: n, durableFolded: n })
  }

  #checkFolded(id: IntegrationId, { record }: Standing, folded: Folded): void {
    this.#checkBucket(id, folded)
    const state = stateOf(record)
    this.#violations.unless(state === 'healthy.steady', folding, () => `${id} folded a success while ${state}`)
  }

  #checkBucket(who: string, { firstAt, lastAt, n }: Counted): void {
    const [first, last] = [firstAt, lastAt].map((at) => this.#policy().bucketOf(at))
    const fact = () => `${who} got ${n} successes in one, from bucket ${first ?? ''} to ${last ?? ''}`
    this.#violations.unless(first === last, folding, fact)
  }

  #checkSteps(change: Change, { record: before }: Standing): void {
    const { integrationId: id, record, transitions = [] } = change
    const promise = 'every step is one of the chart'
    let at = stateOf(before)
    for (const { from, to } of transitions) {
      this.#violations.unless(from === at && chartSteps[from].includes(to), promise, () => `${id} went from ${at} by ${from} to ${to}`) // prettier-ignore
      at = to
    }
    if (record === undefined) return
    this.#violations.unless(
      stateOf(record) === at,
      promise,
      () => `${id} is ${stateOf(record)}, and its steps end in ${at}`,
    )
    this.#violations.unless(record.rev > (before?.rev ?? 0), promise, () => `record ${record.rev} of ${id} follows ${before?.rev ?? 0}`) // prettier-ignore
    this.#checkStanding(record, before)
    if (transitions.some(isCondemning)) this.#checkNoticed(change, record)
  }

  /** What a state says of the lane and of the incident; its first cause never changes. */
  #checkStanding({ value, context }: IntegrationRecord, before: IntegrationRecord | undefined): void {
    const { gate, incident, integrationId: id } = context
    const state = chartStateOf({ value })
    const promise = 'every step is one of the chart'
    const isFitting = gate === gates[state]
    this.#violations.unless(isFitting, promise, () => `${id} is ${state}, and its lane is ${gate}`)
    const isIncident = state === 'paused' || state.startsWith('healthy') === (incident === null)
    this.#violations.unless(
      isIncident,
      promise,
      () => `${id} is ${state}, and its incident is ${incident?.id ?? 'none'}`,
    )
    const earlier = before?.context.incident
    const isSame = incident === null || incident.id !== earlier?.id || JSON.stringify(incident.cause) === JSON.stringify(earlier.cause) // prettier-ignore
    this.#violations.unless(isSame, promise, () => `the incident ${incident?.id ?? ''} has another cause`)
  }

  /** A disablement and its notice stand in one commit. */
  #checkNoticed({ integrationId: id, notices = [] }: Change, { context }: IntegrationRecord): void {
    const isNoticed = notices.some(({ step, incidentId }) => step === 'disabled' && incidentId === context.incident?.id)
    this.#violations.unless(isNoticed, 'each step is mailed once', () => `${id} is disabled without a notice`)
  }

  #of(id: IntegrationId): Standing {
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    const standing: Standing = { record: undefined, durable: undefined, folded: 0, durableFolded: 0 }
    this.#byId.set(id, standing)
    return standing
  }
}

const folding = 'successes are folded within one bucket'

/** Where an integration stands; one never heard of is healthy. */
export function stateOf(record: IntegrationRecord | undefined): ChartState {
  return record === undefined ? 'healthy.steady' : chartStateOf(record)
}

function isCondemning({ to }: Transition): boolean {
  return to === 'broken.condemned'
}

function isSame(one: IntegrationRecord, other: IntegrationRecord | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
