import { forgiven, freshPolicyRecord, type CountedSignal, type Policy } from '../policy/health/policy.ts'
import { probeDelayMs } from '../policy/backoff.ts'
import type {
  Cause,
  ChartState,
  Evidence,
  Gate,
  HealthContext,
  Incident,
  Signal,
  TimedSignal,
} from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import { onHealthTime, withoutPause } from './lost-time.ts'

/** What an integration actor is created with. */
export interface IntegrationInput {
  readonly integrationId: IntegrationId
  readonly at: number
}

type ByHandSignal = Extract<Signal, { by: string }>
type ProbeSignal = Extract<Signal, { type: 'probe.ok' | 'probe.failed' }>
type CondemningSignal = Extract<Signal, { type: 'admin.disable' | 'receiver.disable' }>
/** What a signal may say of the probe that follows it. */
type Paced = Pick<Partial<ProbeSignal>, 'chance' | 'notBefore'>
type Fields = Partial<HealthContext>

const noProbes = { failed: 0, ok: 0, dueAt: 0 } as const

/**
 * What each named action of the health chart changes, as pure functions of context and signal.
 * The chart says when, these say what, and the policy says how the numbers are read.
 */
export function healthContext(policy: Policy) {
  const fresh = (at: number): Pick<HealthContext, 'policy' | 'verdict'> => {
    const record = freshPolicyRecord(policy)
    return { policy: record, verdict: policy.judge(record.memory, at) }
  }
  const judged = (context: HealthContext, memory: HealthContext['policy']['memory'], signal: TimedSignal): Fields => {
    const verdict = policy.judge(memory, signal.at)
    const incident = context.incident ?? (verdict.level === 'healthy' ? null : incidentOf(context, causeOf(signal)))
    return { at: signal.at, walked: [], policy: { ...context.policy, memory }, verdict, incident }
  }
  const probeAt = ({ at, chance, notBefore = 0 }: Paced & { readonly at: number }, failed: number) =>
    Math.max(at + probeDelayMs(policy.schedule, failed, chance), notBefore)

  const then = onHealthTime(policy)
  const judge = then((context, signal: TimedSignal): Fields => judged(context, context.policy.memory, signal))

  return {
    /** The context of an integration never heard of. */
    initial: ({ integrationId, at }: IntegrationInput): HealthContext => ({
      integrationId,
      at,
      since: at,
      gate: 'open',
      epoch: 0,
      ...fresh(at),
      incident: null,
      probationUntil: 0,
      probes: noProbes,
      resumeTo: null,
      walked: [],
    }),
    /** One more thing happened: remember it and judge. */
    observe: then((context, signal: CountedSignal): Fields =>
      judged(context, policy.observe(context.policy.memory, signal), signal),
    ),
    /** Time passed: judge again. */
    judge,
    /** A probe ended: observe it and count the run. */
    observeProbe: then((context, signal: ProbeSignal): Fields => {
      const failed = signal.type === 'probe.ok' ? 0 : context.probes.failed + 1
      const ok = signal.type === 'probe.ok' ? context.probes.ok + 1 : 0
      const dueAt = failed === 0 ? signal.at + probeAgainMs : probeAt(signal, failed)
      return {
        ...judged(context, policy.observe(context.policy.memory, signal), signal),
        probes: { failed, ok, dueAt },
      }
    }),
    /** The probes begin: the first is due after the schedule's first delay. */
    scheduleProbe: (context: HealthContext, signal: Paced): Fields =>
      context.probes.dueAt > 0 ? {} : { probes: { ...noProbes, dueAt: probeAt({ ...signal, at: context.at }, 0) } },
    /** Switched off by hand or by the receiver itself. */
    condemn: then((context, signal: CondemningSignal): Fields => ({
      at: signal.at,
      walked: [],
      verdict: { level: 'disabled', evidence: evidenceOf(signal), wouldChange: 'enabling it by hand' },
      incident: context.incident ?? incidentOf(context, causeOf(signal)),
    })),
    /** Trusted again: counting starts from what the policy keeps. */
    forgive: then((context, { at }: TimedSignal): Fields => {
      const { memory, probationMs } = forgiven(policy, context.policy.memory, at)
      const verdict = policy.judge(memory, at)
      const record = { ...context.policy, memory }
      return { at, walked: [], policy: record, verdict, probationUntil: at + probationMs, probes: noProbes }
    }),
    /** Remembers where a pause came from. */
    remember: then((_context, signal: ByHandSignal, from: ChartState): Fields => ({
      at: signal.at,
      walked: [],
      resumeTo: from,
    })),
    /** Goes on from where a pause began. */
    resume: (context: HealthContext, signal: ByHandSignal): Fields =>
      judge(withoutPause(policy, context, signal), signal),
    /** A signal that changes the state and nothing else. */
    note: then((_context, signal: TimedSignal): Fields => ({ at: signal.at, walked: [] })),
    /** A state was entered. */
    enter: (context: HealthContext, state: ChartState, gate: Gate): Fields => ({
      since: context.at,
      gate,
      epoch: gate === context.gate ? context.epoch : context.epoch + 1,
      walked: [...context.walked, state],
      ...incidentIn(context, state),
      ...(state === 'paused' ? {} : { resumeTo: null }),
    }),
    enoughProbes: (context: HealthContext, { isLast = false }: Partial<ProbeSignal>): boolean =>
      isLast || context.probes.ok + 1 >= policy.schedule.probesToRecover,
  }
}

/** It ends in healthy, unless the verdict leads on at once: then it is only beginning. It breaks once. */
function incidentIn({ at, incident, verdict }: HealthContext, state: ChartState): Fields {
  if (isHealthy(state) && verdict.level === 'healthy') return { incident: null }
  const isBreaking = state.startsWith('broken') && incident !== null && incident.brokenAt === undefined
  return isBreaking ? { incident: { ...incident, brokenAt: at } } : {}
}

function isHealthy(state: ChartState): boolean {
  return state === 'healthy.steady' || state === 'healthy.probation'
}

/** After a good probe the next follows soon: the receiver is probably back. */
const probeAgainMs = 10_000

function incidentOf(context: HealthContext, cause: Cause): Incident {
  return { id: `inc_${context.integrationId}_${cause.at.toString(36)}_${context.epoch}`, startedAt: cause.at, cause }
}

function causeOf(signal: TimedSignal): Cause {
  const { at, type } = signal
  if ('outcome' in signal)
    return { at, signal: type, outcome: signal.outcome, topic: signal.topic, deliveryId: signal.deliveryId }
  if ('by' in signal) return { at, signal: type, ...whoAndWhy(signal) }
  return { at, signal: type }
}

function evidenceOf(signal: CondemningSignal): Evidence {
  if (signal.type === 'admin.disable') {
    const { by, reason } = whoAndWhy(signal)
    return { rule: 'admin.disable', summary: `switched off by ${by}: ${reason}`, facts: { by, reason } }
  }
  const { status, code } = signal.outcome
  const summary = `the receiver itself asked for it (${code})`
  return { rule: 'receiver.disable', summary, facts: { status, code, topic: signal.topic } }
}

const textMax = 200

/** Free text is the only part of a context that others choose the length of. */
function whoAndWhy({ by, reason }: ByHandSignal): { readonly by: string; readonly reason: string } {
  return { by: cut(by), reason: cut(reason) }
}

function cut(text: string): string {
  return text.length <= textMax ? text : `${text.slice(0, textMax - 1)}…`
}
