import type { HealthContext } from '../domain/health.ts'
import type { LedgerCounts } from '../domain/ledger.ts'
import type { Notice } from '../domain/notice.ts'
import { explanation } from '../policy/explanation.ts'
import type { Effects, Step } from './step.ts'

/** Beside the dead letters there are, those that this very step leaves. */
export function withDying(dead: LedgerCounts['dead'], { settled = [] }: Effects): LedgerCounts['dead'] {
  return settled.reduce((counts, { next }) => {
    if (typeof next !== 'object' || !('dead' in next)) return counts
    return { ...counts, [next.dead]: (counts[next.dead] ?? 0) + 1 }
  }, dead)
}

/** The verdict that switches an integration off, as its owners will read it. */
export function disableNotices({ id, signal, after }: Step, ledger: LedgerCounts): readonly Notice[] {
  const { incident } = after.context
  if (after.state !== 'broken.condemned' || incident === null) return []
  const context: HealthContext = { ...after.context, since: signal.at }
  const notice: Notice = {
    id: `ntc_${incident.id}_disabled`,
    integrationId: id,
    incidentId: incident.id,
    kind: 'disabled',
    step: 'disabled',
    at: signal.at,
    status: 'pending',
    explanation: explanation('disabled', context, ledger),
  }
  return [notice]
}
