import { HookwardError } from '../domain/errors.ts'
import type { RememberedKey } from '../domain/event.ts'
import type { Accepted, Appended } from '../ports.ts'

const windowMs = 86_400_000

/** The idempotency keys of the last 24 hours, at most `keysMax` of them (@default 1,000,000); the oldest go first. */
export class IdempotencyKeys {
  readonly #keys = new Map<string, RememberedKey>()
  readonly #keysMax: number

  constructor(keys: readonly RememberedKey[], keysMax = 1_000_000) {
    for (const known of keys) this.#put(known)
    this.#keysMax = keysMax
  }

  /** What the first call with this key was told; throws `IDEMPOTENCY_CONFLICT` when that call was about another event. */
  firstAnswer({ key, digest, at }: Accepted): Appended | undefined {
    const first = key === undefined ? undefined : this.#keys.get(key)
    if (first === undefined || hasAged(first, at)) return undefined
    if (first.digest !== (digest ?? null))
      throw new HookwardError('IDEMPOTENCY_CONFLICT', `the key was given before, for event ${first.eventId}`)
    return { eventId: first.eventId, deliveries: first.deliveries, duplicate: true }
  }

  /** Remembers a call that was accepted, and forgets what has aged or is too many. */
  remember(call: KeyedCall): RememberedKey | undefined {
    const remembered = rememberedKey(call)
    if (remembered !== undefined) this.#put(remembered)
    this.#forget(call.at)
    return remembered
  }

  /** A key used again after its window goes to the end of the line. */
  #put(known: RememberedKey): void {
    this.#keys.delete(known.key)
    this.#keys.set(known.key, known)
  }

  #forget(at: number): void {
    for (const known of this.#keys.values()) {
      if (this.#keys.size <= this.#keysMax && !hasAged(known, at)) return
      this.#keys.delete(known.key)
    }
  }

  /** Oldest first. */
  toJSON(): readonly RememberedKey[] {
    return [...this.#keys.values()]
  }
}

/** What of an accepted call matters for its key. */
type KeyedCall = Omit<Accepted, 'deliveries'> & { readonly deliveries: readonly unknown[] }

function rememberedKey({ key, digest, at, eventId, deliveries }: KeyedCall): RememberedKey | undefined {
  return key === undefined ? undefined : { key, digest: digest ?? null, at, eventId, deliveries: deliveries.length }
}

function hasAged(known: RememberedKey, now: number): boolean {
  return now - known.at >= windowMs
}
