import type { ChartState, IntegrationRecord, Pulse } from '../domain/health.ts'
import { beatMs, looked, restarted } from '../policy/health-time.ts'
import type { Clock } from '../ports.ts'
import { setBack, type SetBackParts } from './set-back.ts'
import type { Writes } from './writes.ts'

/** What health time works with. */
export interface HealthTimeParts {
  readonly clock: Clock
  readonly writes: Writes
  /** Some time was lost, or the clock was set back by so much (below zero): whoever has a span running is to be told. */
  readonly onLost: (backMs: number) => void
}

/** Tells how much of all time is not health time: the engine was down, or stood still, or its clock was set. */
export class HealthTime {
  readonly #parts: HealthTimeParts
  #pulse: Pulse
  #written: Promise<void> | undefined
  #isBehind = false
  #isFrozen = false
  #isClosed = false
  #toldMs = 0
  /** How far the clock was set back, of which nobody was told yet: below zero, or none. */
  #backMs = 0
  #stopBeating: () => void = () => undefined
  #stopWatching: () => void = () => undefined

  constructor(parts: HealthTimeParts) {
    this.#parts = parts
    this.#pulse = { at: parts.clock.now(), lostMs: 0 }
  }

  /** Of all time until now, as every signal is to carry it. */
  get lostMs(): number {
    const { at } = this.#pulse
    const now = this.#parts.clock.now()
    if (now === at) return this.#pulse.lostMs
    this.#pulse = looked(this.#pulse, now, this.#isFrozen)
    if (this.#pulse.at < at) {
      this.#backMs += this.#pulse.at - at
      // Whoever asks is in the middle of something: the others are told of it after that.
      queueMicrotask(() => this.look())
    }
    return this.#pulse.lostMs
  }

  /** Goes on after the last engine on this store, from its last pulse, or from a record that tells of a later moment. */
  recover(found: Pulse | null, records: readonly IntegrationRecord[]): void {
    const now = this.#parts.clock.now()
    const last = lastPulse(found, records) ?? this.#pulse
    this.#pulse = restarted(last, now)
    this.#backMs = Math.min(0, now - last.at)
    this.#beatLater()
    this.#watch()
  }

  /** Before an engine that starts has set any timer: what waits is due sooner, where the clock was set back meanwhile. */
  moveWaiting(engine: SetBackParts): void {
    const backMs = this.#backMs
    this.#backMs = 0
    if (backMs < 0) setBack(engine, backMs)
  }

  /** Before timers run: those that fell due while nothing counted are to find that out first. */
  look(): void {
    const { lostMs } = this
    const backMs = this.#backMs
    if (backMs === 0 && (lostMs === this.#toldMs || this.#isFrozen)) return
    this.#toldMs = lostMs
    this.#backMs = 0
    this.#parts.onLost(backMs)
    if (backMs < 0) this.#beatLater()
  }

  /** Our own side is down: from now on, or no longer. Nobody is told before it is up again. */
  freeze(isFrozen: boolean): void {
    this.look()
    this.#isFrozen = isFrozen
    if (!isFrozen) this.look()
  }

  get isFrozen(): boolean {
    return this.#isFrozen
  }

  /** Writes the pulse down; of several asked for while one is under way only the last is written. */
  async write(): Promise<void> {
    this.#isBehind = true
    this.#written ??= this.#writeAll().finally(() => (this.#written = undefined))
    return this.#written
  }

  /** Beats no more. */
  close(): void {
    this.#isClosed = true
    this.#stopBeating()
    this.#stopWatching()
  }

  /** The engine stops: whoever starts next knows exactly how long nobody was there. */
  async end(): Promise<void> {
    this.close()
    this.look()
    // A store that takes no more does not say so here: it has stopped the engine.
    await this.write().catch(() => undefined)
  }

  async #writeAll(): Promise<void> {
    while (this.#isBehind) {
      this.#isBehind = false
      await this.#parts.writes.pulse(this.#pulse)
    }
  }

  #watch(): void {
    const { clock } = this.#parts
    this.#stopWatching = (clock.every?.bind(clock) ?? everyReally)(watchMs, () => this.look())
  }

  /** Not on the timer wheel: it is to beat, too, while that is held up. */
  #beatLater(): void {
    const { clock } = this.#parts
    this.#stopBeating()
    if (this.#isClosed) return
    this.#stopBeating = clock.at(clock.now() + beatMs, () => {
      this.#beatLater()
      this.look()
      // A write that fails stops the engine, which tells so itself.
      this.write().catch(() => undefined)
    })
  }
}

/** A clock that was set back calls nobody for as long: it is looked at so often by the time that really passes. */
const watchMs = 15_000

function everyReally(ms: number, fn: () => void): () => void {
  const timer = setInterval(fn, ms).unref()
  return () => clearInterval(timer)
}

/** The latest of all that is told of an engine: its last pulse, or a record of a later moment. */
export function lastPulse(found: Pulse | null, records: readonly IntegrationRecord[]): Pulse | undefined {
  const told = records.map(({ context: { at, lostMs = 0 } }): Pulse => ({ at, lostMs }))
  const [first, ...others] = found === null ? told : [found, ...told]
  return first && others.reduce((latest, one) => (livedMs(one) > livedMs(latest) ? one : latest), first)
}

/** Health time, which never goes back, whatever a clock was set to. */
function livedMs({ at, lostMs }: Pulse): number {
  return at - lostMs
}

/** Who is told at once: where time alone moves the chart, or makes a letter due. */
export const restless: readonly ChartState[] = ['healthy.probation', 'degraded', 'broken.holding', 'broken.probing']

/** Lets them judge again, so that their deadlines and letters move with the time that was lost, or the clock was set. */
export function catchUp(engine: SetBackParts, backMs: number): void {
  const { catalogue, registry, parts } = engine
  const at = parts.clock.now()
  if (backMs < 0) setBack(engine, backMs)
  for (const { id } of catalogue.integrations()) {
    if (registry.isUnheard(id) || !restless.includes(registry.now(id).state)) continue
    // A write that fails stops the engine, which tells so itself.
    registry.send(id, { type: 'timer.due', timer: 'deadline', at }).catch(() => undefined)
  }
}
