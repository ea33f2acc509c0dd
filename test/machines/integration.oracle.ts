import type { ChartState, Gate, HealthContext, Incident, Signal } from '../../src/domain/health.ts'
import type { CountedSignal, Level, Policy } from '../../src/policy/index.ts'
import { healthStateOf } from '../../src/machines/index.ts'
import type { Case, Effect, Facts, Table } from './integration.table.ts'

/** What a signal finds: the leaf it rests in and its context. */
export interface Before {
  readonly state: ChartState
  readonly context: HealthContext
  /** Whether a notifier is running. */
  readonly telling: boolean
}

/** What should be found afterwards; `incident` without its id, which is the chart's own. */
export interface Expected extends Before {
  readonly tags: readonly string[]
}

/** The one line of the table that applies; none or two are a hole in the table. */
export function lineOf(
  table: Table,
  policy: Policy,
  before: Before,
  signal: Signal,
): { readonly line: Case; readonly index: number } {
  const lines = table[before.state][signal.type]
  const applying = lines.flatMap((line, index) =>
    applies(line, factsOf(policy, before.context, signal, effectOf(line))) ? [{ line, index }] : [],
  )
  const [first, second] = applying
  if (first === undefined || second !== undefined)
    throw new Error(`${before.state} x ${signal.type}: ${applying.length} lines of the table apply, not 1`)
  return first
}

/** The whole outcome of a signal, from the table's line and the policy alone. */
export function expectedAfter(policy: Policy, before: Before, signal: Signal, line: Case): Expected {
  const state = line.to ?? before.state
  const telling = line.tells === true || (before.telling && line.told !== true)
  const context = expectedContext(policy, before, signal, line)
  return { state, context, telling, tags: [healthStateOf(state)] }
}

function effectOf(line: Case): Effect {
  return line.stays ?? line.effect ?? 'unchanged'
}

function applies({ when = {} }: Case, facts: Facts): boolean {
  return Object.entries(when).every(([name, wanted]) => [wanted].flat().includes(facts[name as keyof Facts]))
}

function factsOf(policy: Policy, context: HealthContext, signal: Signal, effect: Effect): Facts {
  const at = atOf(context, signal)
  const { verdict } = judgedAfter(policy, context, signal, effect)
  const probationUntil = probationAfter(policy, context, at, effect)
  return {
    level: verdict.level,
    probation: at >= probationUntil ? 'over' : 'running',
    probe: at >= probesAfter(policy, context, signal, effect, true).dueAt ? 'due' : 'not due',
    recovery: context.probes.ok + 1 >= policy.schedule.probesToRecover ? 'proven' : 'unproven',
    timer: signal.type === 'timer.due' ? signal.timer : 'deadline',
    from: context.resumeTo ?? 'healthy.steady',
  }
}

function expectedContext(
  policy: Policy,
  { state, context, telling: _ }: Before,
  signal: Signal,
  line: Case,
): HealthContext {
  const effect = effectOf(line)
  if (effect === 'unchanged') return context
  const entered = line.to === undefined ? [] : [...(line.via ?? []), line.to]
  const { memory, verdict } = judgedAfter(policy, context, signal, effect)
  const gates = [state, ...entered].map((name) => gateOf[name])
  const at = atOf(context, signal)
  return {
    ...context,
    at,
    walked: entered,
    since: entered.length > 0 ? at : context.since,
    gate: gateOf[line.to ?? state],
    epoch: context.epoch + gates.filter((gate, i) => i > 0 && gate !== gates[i - 1]).length,
    policy: { ...context.policy, memory },
    verdict,
    incident: incidentAfter(context, signal, verdict.level, entered),
    probationUntil: probationAfter(policy, context, at, effect),
    probes: probesAfter(policy, context, signal, effect, entered.includes('broken.holding')),
    resumeTo: entered.length === 0 ? context.resumeTo : (line.remembers ?? null),
  }
}

const gateOf: Readonly<Record<ChartState, Gate>> = {
  'healthy.steady': 'open',
  'healthy.probation': 'open',
  degraded: 'open',
  'broken.holding': 'closed',
  'broken.probing': 'probe',
  'broken.condemned': 'closed',
  disabled: 'closed',
  paused: 'closed',
}

function judgedAfter(
  policy: Policy,
  context: HealthContext,
  signal: Signal,
  effect: Effect,
): Pick<HealthContext, 'verdict'> & Pick<HealthContext['policy'], 'memory'> {
  const { memory } = context.policy
  const at = atOf(context, signal)
  const judged = (next: typeof memory) => ({ memory: next, verdict: policy.judge(next, at) })
  if (effect === 'counted') return judged(policy.observe(memory, signal as CountedSignal))
  if (effect === 'judged' && signal.type === 'admin.resume')
    return judged(policy.skip?.(memory, at - context.since) ?? memory)
  if (effect === 'judged') return judged(memory)
  if (effect === 'forgiven') return judged(policy.forgive?.(memory, at).memory ?? policy.empty())
  if (effect !== 'condemned') return { memory, verdict: context.verdict }
  return {
    memory,
    verdict: { level: 'disabled', evidence: { rule: signal.type, summary: '', facts: {} }, wouldChange: '' },
  }
}

function probationAfter(policy: Policy, context: HealthContext, at: number, effect: Effect): number {
  if (effect !== 'forgiven') return context.probationUntil
  return at + (policy.forgive?.(context.policy.memory, at).probationMs ?? policy.schedule.probationMs)
}

const probeAgainMs = 10_000

function probesAfter(
  policy: Policy,
  context: HealthContext,
  signal: Signal,
  effect: Effect,
  holds: boolean,
): HealthContext['probes'] {
  const { failed, ok, dueAt } = context.probes
  const { probesMs } = policy.schedule
  const at = atOf(context, signal)
  if (effect === 'forgiven') return { failed: 0, ok: 0, dueAt: 0 }
  if (signal.type === 'probe.ok') return { failed: 0, ok: ok + 1, dueAt: at + probeAgainMs }
  if (signal.type === 'probe.failed')
    return { failed: failed + 1, ok: 0, dueAt: at + (probesMs[Math.min(failed + 1, probesMs.length - 1)] ?? 0) }
  return holds && dueAt === 0 ? { failed: 0, ok: 0, dueAt: at + (probesMs[0] ?? 0) } : context.probes
}

function incidentAfter(
  context: HealthContext,
  signal: Signal,
  level: Level,
  entered: readonly ChartState[],
): Incident | null {
  if (level === 'healthy' && entered.some((state) => healthStateOf(state) === 'healthy')) return null
  const at = atOf(context, signal)
  const begun: Incident = { id: '', startedAt: at, cause: { ...pick(signal), at, signal: signal.type } }
  const incident = context.incident ?? (level === 'healthy' ? null : begun)
  const breaks = entered.some((state) => healthStateOf(state) === 'broken') && incident?.brokenAt === undefined
  return incident !== null && breaks ? { ...incident, brokenAt: at } : incident
}

function pick(signal: Signal): object {
  const kept = ['outcome', 'topic', 'deliveryId', 'by', 'reason']
  return Object.fromEntries(Object.entries(signal).filter(([name]) => kept.includes(name)))
}

function atOf(context: HealthContext, signal: Signal): number {
  return 'at' in signal ? signal.at : context.at
}
