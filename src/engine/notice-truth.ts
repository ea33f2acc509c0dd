import { createHash } from 'node:crypto'
import type { Integration, IntegrationId } from '../domain/integration.ts'
import type { Notice } from '../domain/notice.ts'
import { healthStateOf, type View } from '../machines/index.ts'

/** Whether what a notice says is still so, for a letter that would be the first of it. A pause changes nothing of it. */
export function isTrue(
  { kind, incidentId, integrationId }: Notice,
  { state, context }: View,
  { url }: Pick<Integration, 'url'>,
): boolean {
  const stands = state === 'paused' && context.resumeTo !== null ? context.resumeTo : state
  const isSame = context.incident?.id === incidentId
  const isOff = stands === 'disabled' || stands === 'broken.condemned'
  switch (kind) {
    case 'broken':
      return isSame && !isOff && healthStateOf(stands) === 'broken'
    case 'warning':
      return isSame && !isOff && context.verdict.next?.to === 'disabled'
    case 'recovered':
      return !isSame && (healthStateOf(stands) === 'healthy' || stands === 'degraded')
    case 'blocked':
      return incidentId === blockedIncident(integrationId, url)
    case 'disabled':
    case 'reminder':
    // Those of an earlier version have no kind, and are about a disablement.
    default:
      return isSame && isOff
  }
}

/** Stands for one URL of one integration, and does not tell it. */
export function blockedIncident(id: IntegrationId, url: string): string {
  return `blk_${id}_${createHash('sha256').update(url).digest('hex').slice(0, 16)}`
}
