import type { HealthContext, TimedSignal } from '../domain/health.ts'
import type { Policy } from '../policy/health/policy.ts'

type Change<Of extends TimedSignal, More extends unknown[]> = (
  context: HealthContext,
  signal: Of,
  ...more: More
) => Partial<HealthContext>

/** A change that first takes notice of the time that was lost since the signal before. */
export function onHealthTime(policy: Policy) {
  return <Of extends TimedSignal, More extends unknown[]>(change: Change<Of, More>): Change<Of, More> =>
    (context, signal, ...more) => {
      const now = caughtUp(policy, context, signal.lostMs ?? lostIn(context))
      return now === context ? change(context, signal, ...more) : { ...now, ...change(now, signal, ...more) }
    }
}

/**
 * Time that is not health time makes each span that is running begin that much later. A probe comes by the wall's clock,
 * and moves where that was set back: it would else wait for as long again.
 */
function caughtUp(policy: Policy, context: HealthContext, lostMs: number): HealthContext {
  const ms = lostMs - lostIn(context)
  if (ms === 0) return context
  const { incident, policy: record, probationUntil, probes } = context
  const isBroken = incident?.brokenAt !== undefined
  return {
    ...context,
    lostMs,
    policy: { ...record, memory: policy.skip?.(record.memory, ms) ?? record.memory },
    incident: isBroken ? { ...incident, lostMs: (incident.lostMs ?? 0) + ms } : incident,
    probationUntil: probationUntil === 0 ? 0 : probationUntil + ms,
    probes: ms < 0 && probes.dueAt > 0 ? { ...probes, dueAt: probes.dueAt + ms } : probes,
  }
}

/** Nobody could prove anything while it was paused: what the rule counts goes on from where the pause began. */
export function withoutPause(policy: Policy, context: HealthContext, signal: TimedSignal): HealthContext {
  const { memory } = context.policy
  const lostMs = (signal.lostMs ?? lostIn(context)) - lostIn(context)
  const pausedMs = signal.at - context.since - lostMs
  return { ...context, policy: { ...context.policy, memory: policy.skip?.(memory, pausedMs) ?? memory } }
}

function lostIn({ lostMs = 0 }: HealthContext): number {
  return lostMs
}
