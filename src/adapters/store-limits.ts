/** 1 GiB. */
export const backlogBytesUsual = 2 ** 30

/** The limits of a store. */
export interface StoreLimits {
  /** All bodies of deliveries that are not settled, and of dead letters, added up. @default 1 GiB (1,073,741,824) */
  readonly backlogBytesMax?: number
  /** Idempotency keys remembered at a time. @default 1,000,000 */
  readonly keysMax?: number
}
