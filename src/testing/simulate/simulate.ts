import type { Transition } from '../../domain/health.ts'
import type { IntegrationId } from '../../domain/integration.ts'
import type { Policy } from '../../policy/health/policy.ts'
import type { Trace } from '../trace/trace.ts'
import { checkOptions, type SimulateOptions } from './check-options.ts'
import { fateOfCourse, fateOfReplay, type Fate } from './fate.ts'
import { Replay, type Recorded } from './replay.ts'
import { ruleOf, runTrace } from './run-trace.ts'

/** How a policy would have fared. */
export interface Simulation {
  readonly policy: { readonly name: string; readonly version: number }
  readonly from: number
  readonly until: number
  /** Attempts that the policy was asked about. */
  readonly outcomes: number
  /** Integrations that were ever degraded, broken or disabled, and those whose owners were told something. */
  readonly degraded: readonly IntegrationId[]
  readonly broken: readonly IntegrationId[]
  readonly disabled: readonly IntegrationId[]
  readonly mailed: readonly IntegrationId[]
  /** Notices to owners in all: each is one letter to every owner. */
  readonly letters: number
  /** Deliveries that were held for a while. */
  readonly held: number
  /** Disabled in one of the two only: `saved` as it happened, `newlyDisabled` by the candidate. */
  readonly compared?: {
    readonly saved: readonly IntegrationId[]
    readonly newlyDisabled: readonly IntegrationId[]
  }
  /** Each integration by itself, in the order in which the history names them. */
  readonly fates: readonly Fate[]
}

/**
 * Tries a policy on a history, with the policy's own functions and without an engine: who would be degraded, broken,
 * disabled and mailed, when, why, and how many deliveries would be held.
 *
 * Of a log, attempts stay where they were; what a broken integration's lane would hold is held, and the attempts that are
 * there stand for its probes. Of a trace, retries, probes and ramp are the policy's own. Nobody lends a hand: what is
 * disabled stays so.
 * @throws HookwardError `POLICY_INVALID` for a policy that cannot work, `TRACE_INVALID` for an entry that is none, and
 * `OPTION_INVALID` for other options.
 * @example
 * const history = await hookward.log('acme-bot')
 * const { disabled, letters, fates } = simulate({ history, candidate: standard({ disabledMs: 72 * 3_600_000 }) })
 */
export function simulate(options: SimulateOptions): Simulation {
  const { history, candidate, happened } = checkOptions(options)
  const found = 'integrations' in history ? ofTrace(history, options) : ofLog(history, options)
  const { name, version } = candidate
  const sum = (numberOf: (fate: Fate) => number) => found.fates.reduce((total, fate) => total + numberOf(fate), 0)
  const made = {
    policy: { name, version },
    ...found,
    outcomes: sum(({ outcomes }) => outcomes),
    degraded: everIn(found.fates, 'degraded'),
    broken: everIn(found.fates, 'broken'),
    disabled: everIn(found.fates, 'disabled'),
    mailed: found.fates.filter(({ letters }) => letters.length > 0).map(({ integration }) => integration),
    letters: sum(({ letters }) => letters.length),
    held: sum(({ held }) => held),
  }
  if (happened === undefined) return made
  const before = 'judge' in happened ? disabledBy(happened, options) : disabledIn(happened, found)
  const [saved, newlyDisabled] = [without(before, made.disabled), without(made.disabled, before)]
  return { ...made, compared: { saved, newlyDisabled } }
}

type Found = Pick<Simulation, 'from' | 'until' | 'fates'>

function ofTrace(trace: Trace, { candidate, seed = 1, until = trace.until }: SimulateOptions): Found {
  const fates = runTrace({ ...trace, until }, ruleOf(candidate), seed).map(fateOfCourse)
  return { from: trace.from, until, fates }
}

function ofLog(history: readonly Recorded[], { candidate, integrations = [], until }: SimulateOptions): Found {
  const statuses = new Map(integrations.map(({ id, status }) => [id, status]))
  const begun = history[0]?.at ?? 0
  const from = history.reduce((first, { at }) => Math.min(first, at), begun)
  const end = until ?? history.reduce((last, { at }) => Math.max(last, at), begun)
  const fates = [...byIntegration(history)].map(([id, entries]) => {
    const replay = new Replay(candidate, id, statuses.get(id) ?? 'internal', from)
    for (const entry of entries) if (entry.at <= end) replay.add(entry)
    replay.watched.advanceTo(end)
    return fateOfReplay(id, replay)
  })
  return { from, until: end, fates }
}

/** Each log by itself, oldest first; of two entries at one moment the one that was written first. */
function byIntegration(history: readonly Recorded[]): ReadonlyMap<IntegrationId, readonly Recorded[]> {
  const logs = new Map<IntegrationId, Recorded[]>()
  for (const entry of history) {
    const log = logs.get(entry.integrationId)
    if (log === undefined) logs.set(entry.integrationId, [entry])
    else log.push(entry)
  }
  for (const log of logs.values()) {
    if ((log[0]?.at ?? 0) > (log.at(-1)?.at ?? 0)) log.reverse()
    log.sort((a, b) => a.at - b.at)
  }
  return logs
}

function everIn(fates: readonly Fate[], level: 'degraded' | 'broken' | 'disabled'): readonly IntegrationId[] {
  return fates.filter(({ changes }) => changes.some(({ to }) => to === level)).map(({ integration }) => integration)
}

function disabledBy(policy: Policy, options: SimulateOptions): readonly IntegrationId[] {
  const { happened: _, ...others } = options
  return simulate({ ...others, candidate: policy }).disabled
}

function disabledIn(transitions: readonly Transition[], { from, until }: Found): readonly IntegrationId[] {
  const those = transitions.filter(({ at, to }) => to === 'disabled' && at >= from && at <= until)
  return [...new Set(those.map(({ integrationId }) => integrationId))]
}

function without(ids: readonly IntegrationId[], others: readonly IntegrationId[]): readonly IntegrationId[] {
  return ids.filter((id) => !others.includes(id))
}
