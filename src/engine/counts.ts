/** How many there are of each reason. */
export function countsOf<Reason extends string>(
  all: readonly ({ readonly reason: Reason } | undefined)[],
): Partial<Record<Reason, number>> {
  const counts: Partial<Record<Reason, number>> = {}
  for (const one of all) if (one !== undefined) counts[one.reason] = (counts[one.reason] ?? 0) + 1
  return counts
}
