/** How a ledger is sent after a recovery: slowly at first, so that whoever has just come back is not struck down again. */
export interface Ramp {
  /** Deliveries a second at the beginning, and at the least: 0.1 to 1,000. */
  readonly perSecond: number
  /** After so long without a failure the rate doubles: 1 to 86,400,000. */
  readonly doublesEveryMs: number
}

/** Where a ramp stands. */
export interface Slope {
  /** Deliveries a second when it last began to rise. */
  readonly perSecond: number
  /** It rises since then. */
  readonly since: number
}

/** What is sent now, and when it is looked at again. */
export interface Batch {
  readonly count: number
  readonly nextAt: number
}

/** A ramp begins at its foot. */
export function slopeOf({ perSecond }: Ramp, at: number): Slope {
  return { perSecond, since: at }
}

/** The rate at this moment: doubled for each span without a failure, up to 1,024 a second. */
export function rateOf({ doublesEveryMs }: Ramp, { perSecond, since }: Slope, at: number): number {
  const doublings = Math.min(Math.max(Math.floor((at - since) / doublesEveryMs), 0), 20)
  return Math.max(perSecond, Math.min(perSecond * 2 ** doublings, perSecondMax))
}

/** A failure halves the rate, down to that of the beginning, and from there it rises anew. */
export function afterFailure(ramp: Ramp, slope: Slope, at: number): Slope {
  return { perSecond: Math.max(rateOf(ramp, slope, at) / 2, ramp.perSecond), since: at }
}

/** One at a time while the rate is low, else some at a time, ten times a second; no more than there is room for. */
export function batchOf(perSecond: number, room: number, at: number): Batch {
  const count = Math.max(1, Math.floor(perSecond / ticksPerSecond))
  return { count: Math.max(0, Math.min(count, room)), nextAt: at + Math.ceil((count * 1_000) / perSecond) }
}

const perSecondMax = 1_024
const ticksPerSecond = 10
