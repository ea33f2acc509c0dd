import { nodeFiles } from '../../adapters/lowdb/files.ts'
import { PulseFile } from '../../adapters/lowdb/pulse-file.ts'
import type { Folded, HealthContext, IntegrationRecord, Pulse } from '../../domain/health.ts'
import { lastPulse } from '../../engine/health-time.ts'
import type { View } from '../../machines/record.ts'
import { asOf, type Moment } from '../../policy/as-of.ts'
import type { Policy } from '../../policy/health/policy.ts'
import { looked, restarted } from '../../policy/health-time.ts'
import { holderOf } from '../holder.ts'
import type { FolderFacts } from './folder-facts.ts'

/** A folder's own time: the moment, and how much of all time until then no engine was there for. */
export interface FolderTime {
  readonly facts: Omit<FolderFacts, 'recorded'>
  readonly moment: Moment
}

/** As an engine would count that opened it now; beside one that runs, as that one counts. */
export async function folderTime(
  dir: string,
  records: readonly IntegrationRecord[],
  now = Date.now(),
): Promise<FolderTime> {
  const [held, pulse] = await Promise.all([holderOf(dir), pulseIn(dir)])
  const engine = held === undefined || held.is === 'ended' ? 'stopped' : 'running'
  const last = lastPulse(pulse, records)
  const facts = { dir, asOf: now, engine, ...(last === undefined ? {} : { heardAt: last.at }) } as const
  const { lostMs } = last === undefined ? { lostMs: 0 } : (engine === 'running' ? looked : restarted)(last, now)
  return { facts, moment: { at: now, lostMs } }
}

async function pulseIn(dir: string): Promise<Pulse | null> {
  return new PulseFile(dir, () => Promise.reject(new Error('a reading tool writes nothing')), nodeFiles).read()
}

/** The numbers of this moment, of the rule that its record names; as they were written where that one is not at hand. */
export function toldAt(view: View, policy: Policy | undefined, folded: Folded | undefined, moment: Moment): View {
  if (policy === undefined || view.isQuarantined === true) return view
  const context = counted(view.context, policy, folded)
  return { ...view, context: asOf(policy, view.state, context, moment) }
}

/** Successes that no record holds yet change no level. */
function counted(context: HealthContext, policy: Policy, folded: Folded | undefined): HealthContext {
  if (folded === undefined) return context
  const { lastAt: at } = folded
  try {
    const memory = policy.observe(context.policy.memory, { type: 'delivery.ok', at, ...folded })
    return { ...context, policy: { ...context.policy, memory } }
  } catch {
    return context
  }
}
