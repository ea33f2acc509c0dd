import type { Transition } from '../../domain/health.ts'
import type { IntegrationId, IntegrationStatus } from '../../domain/integration.ts'
import type { Policy } from '../../policy/health/policy.ts'
import { checkFields, checkObject, refuse } from '../../policy/check.ts'
import { checkPolicy } from '../../policy/check-policy.ts'
import type { Trace } from '../trace/trace.ts'
import type { Recorded } from './replay.ts'

/** What is simulated. */
export interface SimulateOptions {
  /** A request log in any order, of one integration or of many, or a trace. */
  readonly history: readonly Recorded[] | Trace
  /** The policy that is tried. */
  readonly candidate: Policy
  /**
   * What it is compared with: the transitions that were recorded, or the policy that is in force.
   * @default nothing, and `compared` is left out
   */
  readonly happened?: readonly Transition[] | Policy
  /** Whose status is not internal: what `integrations.list()` answers fits. A trace has its own. @default [] */
  readonly integrations?: readonly { readonly id: IntegrationId; readonly status?: IntegrationStatus }[]
  /** Of jitter, and of which attempts fail where a trace has a share of them fail. @default 1 */
  readonly seed?: number
  /** Time goes on until then, milliseconds since 1970. @default the last entry of the log, or the end of the trace */
  readonly until?: number
}

/** Refuses what cannot be simulated, by its name. */
export function checkOptions(options: SimulateOptions): SimulateOptions {
  const at = { code: 'OPTION_INVALID', name: 'simulate' } as const
  const given = checkFields(options, at, ['history', 'candidate', 'happened', 'integrations', 'seed', 'until'])
  const { history, happened } = given
  checkPolicy(given.candidate)
  if (happened !== undefined && !Array.isArray(happened)) checkPolicy(happened)
  if (Array.isArray(history)) history.forEach(checkEntry)
  else checkTrace(checkObject(history, { ...at, name: 'history' }))
  return options
}

function checkEntry(entry: unknown, i: number): void {
  const { at, integrationId, outcome } = (entry ?? {}) as Partial<Recorded>
  const isEntry = Number.isFinite(at) && typeof integrationId === 'string' && typeof outcome?.kind === 'string'
  if (!isEntry) refuse({ code: 'TRACE_INVALID', name: `history[${i}]` }, 'must be an entry of a request log')
}

function checkTrace({ from, until, integrations }: Partial<Trace>): void {
  const at = { code: 'TRACE_INVALID', name: 'history' } as const
  if (!Number.isFinite(from) || !Number.isFinite(until)) refuse(at, 'must say from when until when it goes')
  if (!Array.isArray(integrations)) return refuse(at, 'must be a list of entries, or a trace with its integrations')
  for (const [i, { events, spells }] of (integrations as Trace['integrations']).entries()) {
    checkOrder(events, `integrations[${i}].events`)
    checkOrder(spells, `integrations[${i}].spells`)
  }
}

function checkOrder(list: readonly { readonly at: number }[], name: string): void {
  const isAfter = ({ at }: { readonly at: number }, i: number) => i === 0 || at >= (list[i - 1]?.at ?? at)
  if (!Array.isArray(list) || !list.every(isAfter))
    refuse({ code: 'TRACE_INVALID', name }, 'must be a list in the order of its moments')
}
