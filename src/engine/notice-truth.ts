import type { Notice } from '../domain/notice.ts'
import { healthStateOf, type View } from '../machines/index.ts'

/** Whether what a notice says is still so, for a letter that would be the first of it. A pause changes nothing of it. */
export function isTrue({ kind, incidentId }: Notice, { state, context }: View): boolean {
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
      return true
    case 'disabled':
    case 'reminder':
    // Those of an earlier version have no kind, and are about a disablement.
    default:
      return isSame && isOff
  }
}
