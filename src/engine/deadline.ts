import type { View } from '../machines/index.ts'

/** When the chart may move by time alone; `undefined` where only a signal from outside can move it. */
export function deadlineOf({ state, context }: View): number | undefined {
  const { probationUntil, probes, verdict } = context
  if (state === 'paused' || state === 'disabled' || state === 'broken.condemned') return undefined
  const moments = [verdict.next?.at ?? Infinity]
  if (state === 'healthy.probation') moments.push(probationUntil)
  if (state === 'broken.holding') moments.push(probes.dueAt)
  const earliest = Math.min(...moments)
  return earliest === Infinity ? undefined : earliest
}
