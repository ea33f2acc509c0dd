/** Which delivery is the next probe, as the engine chooses it: each in turn, the one whose turn was longest ago. */
export class ProbeTurns<Parcel> {
  readonly #turns = new Map<Parcel, number>()
  /** Those that failed when the receiver had just taken another one. */
  readonly #suspects = new Set<Parcel>()
  #turn = 0
  #wasOk = false

  /** Of those that are held, oldest first; without any, of the dead letters, newest first. */
  next(held: Iterable<Parcel>, dead: readonly Parcel[]): Parcel | undefined {
    return this.#longestAgo(held) ?? this.#longestAgo(dead.toReversed())
  }

  /** Whether nothing else waits that might still succeed. */
  isLast(parcel: Parcel, open: Iterable<Parcel>): boolean {
    for (const other of open) if (other !== parcel && !this.#suspects.has(other)) return false
    return true
  }

  ended(parcel: Parcel, isOk: boolean): void {
    if (isOk) this.#suspects.delete(parcel)
    else if (this.#wasOk) this.#suspects.add(parcel)
    // Another one failed beside it: it is the receiver after all.
    else if (!this.#suspects.has(parcel)) this.#suspects.clear()
    if (isOk) this.#turns.delete(parcel)
    else this.#turns.set(parcel, (this.#turn += 1))
    this.#wasOk = isOk
  }

  /** The lane is open: the next probes are the first again. */
  forget(): void {
    this.#turns.clear()
    this.#suspects.clear()
    this.#wasOk = false
  }

  #longestAgo(parcels: Iterable<Parcel>): Parcel | undefined {
    let best: Parcel | undefined
    let bestTurn = Infinity
    for (const parcel of parcels) {
      const turn = this.#turns.get(parcel) ?? 0
      if (turn >= bestTurn) continue
      best = parcel
      bestTurn = turn
      if (turn === 0) break
    }
    return best
  }
}
