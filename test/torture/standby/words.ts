/** What a process is told to do. */
export interface StandbyOrders {
  readonly dir: string
  readonly receiverUrl: string
  readonly mode: 'load' | 'drain'
  /** Its name in its events. */
  readonly by: string
  /** It emits so many, and then waits for its end. */
  readonly eventsMax: number
}

/** What it says. */
export type StandbyWord =
  | { readonly t: 'up' | 'holding' | 'drained' }
  | { readonly t: 'accepted'; readonly n: number; readonly handedOver: boolean }
  | { readonly t: 'trouble'; readonly fact: string }
