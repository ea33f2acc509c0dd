import type { StoredDelivery } from '../store-document.ts'
import type { Slice } from './slice.ts'

/** An integration that moves in from a store, part by part; before the last of them nobody knows of it. */
export type Part =
  | { readonly kind: 'begin'; readonly slice: Slice }
  | { readonly kind: 'rows'; readonly rows: readonly StoredDelivery[] }
  | { readonly kind: 'end' }

/** How much of an integration there is. */
export interface Counted {
  readonly waiting: number
  readonly held: number
  readonly dead: number
  readonly notices: number
  readonly letters: number
}
