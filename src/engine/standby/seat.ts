import { setTimeout as wait } from 'node:timers/promises'
import { HookwardError, textOf } from '../../domain/errors.ts'
import type { EventDraft } from '../../flows/envelope.ts'
import { closeChannels } from '../channels.ts'
import { emitting } from '../emitting.ts'
import type { Engine } from '../engine.ts'
import { faceOf, traceOn } from '../face.ts'
import type { Hookward } from '../hookward.ts'
import { newId } from '../ids.ts'
import { readEmitOptions, type EmitOptions } from '../emit-options.ts'
import type { EmitResult } from '../intake.ts'
import type { Parts } from '../options.ts'
import { started, type SetUp } from './alone.ts'
import { standbyFace } from './face.ts'
import { Listeners } from './listeners.ts'
import { Pickup } from './pickup.ts'
import { spooledText } from './spooled-event.ts'
import type { StandbyParts } from './standby-options.ts'

/** So often a standby looks whether the holder is still there. */
const watchMs = 250
/** So often the holder looks what standbys have handed over. */
const pickupMs = 100
/** What fails while a process takes over is tried again after so long, and each time after twice as long, up to a minute. */
const retryMs = 1_000
const retryMsMax = 60_000

interface Held<Topics> {
  readonly engine: Engine
  readonly face: Hookward<Topics>
  readonly pickup: Pickup
  isSetUp: boolean
}

/**
 * The place of a process among those that share a folder: it holds the folder and has the engine, or stands by, hands its
 * events over, and takes over when the holder is gone. What it emits keeps its order all the while.
 */
export class Seat<Topics> {
  readonly #parts: Parts
  readonly #standby: StandbyParts
  readonly #setUp: SetUp<Topics>
  readonly #listeners = new Listeners()
  #held: Held<Topics> | undefined
  /** Where events of this process go: to the engine only when all it spooled before was taken up. */
  #goesTo: 'spool' | 'engine' = 'spool'
  /** Set while that is being found out. */
  #moving: Promise<void> | undefined
  #underWay: Promise<void> = Promise.resolve()
  #cancel = () => undefined as void
  #failures = 0
  #notBefore = 0
  #stopping: Promise<void> | undefined

  /** Resolves at once, whether the folder is held by another process or not. */
  static async begin<Topics>(parts: Parts, standby: StandbyParts, setUp: SetUp<Topics>): Promise<Hookward<Topics>> {
    const seat = new Seat(parts, standby, setUp)
    await seat.#begin()
    return seat.#face()
  }

  private constructor(parts: Parts, standby: StandbyParts, setUp: SetUp<Topics>) {
    this.#parts = parts
    this.#standby = standby
    this.#setUp = setUp
  }

  async #begin(): Promise<void> {
    const held = await this.#take()
    if (held !== undefined) {
      try {
        await this.#setUp(held.face)
      } catch (error) {
        await held.engine.stop(0)
        throw error
      }
      held.isSetUp = true
      this.#goesTo = 'engine'
    }
    this.#later()
  }

  /** Undefined when another process holds the folder. */
  async #take(): Promise<Held<Topics> | undefined> {
    if (!(await this.#standby.watch.isFree())) return undefined
    try {
      const engine = await started(this.#parts)
      const pickup = new Pickup(engine, this.#parts.dir ?? '')
      this.#held = { engine, face: faceOf<Topics>(engine), pickup, isSetUp: false }
      this.#listeners.hear(engine.observers)
      engine.observers.tell('holding', { at: this.#parts.clock.now() })
      await pickup.clean()
      return this.#held
    } catch (error) {
      if (error instanceof HookwardError && error.code === 'STORE_LOCKED') return undefined
      throw error
    }
  }

  #later(): void {
    if (this.#stopping !== undefined) return
    const timer = setTimeout(
      () => {
        this.#underWay = this.#look().finally(() => this.#later())
      },
      this.#held === undefined ? watchMs : pickupMs,
    ).unref()
    this.#cancel = () => clearTimeout(timer)
  }

  async #look(): Promise<void> {
    if (performance.now() < this.#notBefore) return
    try {
      const held = this.#held ?? (await this.#take())
      if (held === undefined) return
      await this.#takeUp(held)
      this.#failures = 0
    } catch (error) {
      this.#failures += 1
      const ms = Math.min(retryMs * 2 ** (this.#failures - 1), retryMsMax)
      this.#notBefore = performance.now() + ms
      this.#parts.logger.error({ error: textOf(error), ms }, 'taking over, or taking up the spool, failed')
    }
  }

  async #takeUp(held: Held<Topics>): Promise<void> {
    if (!held.isSetUp) await this.#setUp(held.face)
    held.isSetUp = true
    if (this.#goesTo === 'spool') await this.#moveIn(held)
    else await held.pickup.pass()
  }

  /** Events that come meanwhile wait, so that none overtakes what was spooled before it. */
  async #moveIn(held: Held<Topics>): Promise<void> {
    this.#moving = this.#move(held)
    await this.#moving.finally(() => (this.#moving = undefined))
  }

  async #move({ pickup }: Held<Topics>): Promise<void> {
    await this.#standby.writer.idle()
    const left = await pickup.pass()
    if (!left.has(this.#standby.writer.id)) this.#goesTo = 'engine'
  }

  #face(): Hookward<Topics> {
    const running = async <T>(call: () => Promise<T>): Promise<T> => {
      this.#check()
      return call()
    }
    return standbyFace({
      now: () => this.#now(),
      listeners: this.#listeners,
      own: {
        ...emitting<Topics>(this.#parts, running, (draft, options) => this.#accept(draft, options)),
        trace: traceOn(this.#parts),
        isStandby: () => this.#held === undefined,
        idle: (options) => this.#idle(options),
        stop: (options) => (this.#stopping ??= this.#stop(options)),
      },
    })
  }

  #check(): void {
    if (this.#stopping !== undefined) throw new HookwardError('ENGINE_STOPPED', 'the engine was stopped')
  }

  #now(): Hookward<Topics> {
    this.#check()
    if (this.#held !== undefined) return this.#held.face
    const { holder } = this.#standby.watch
    const by = holder === null ? 'another process' : `process ${holder.pid} on ${holder.host}`
    throw new HookwardError('STANDBY', `${by} holds ${this.#parts.dir ?? ''}, and this one stands by`)
  }

  async #accept(draft: EventDraft, options?: EmitOptions): Promise<EmitResult> {
    while (this.#moving !== undefined) await this.#moving.catch(() => undefined)
    this.#check()
    if (this.#goesTo === 'spool' || this.#held === undefined) return this.#handOver(draft, options)
    const { engine } = this.#held
    engine.check()
    return engine.activity.track(engine.intake.accept(draft, options))
  }

  async #handOver(draft: EventDraft, options: EmitOptions = {}): Promise<EmitResult> {
    const { clock, random } = this.#parts
    const given = { eventId: newId('evt', random), at: clock.now() }
    await this.#standby.writer.add(spooledText({ given, options: readEmitOptions(options), draft }))
    return { eventId: given.eventId, deliveries: 0, filtered: 0, duplicate: false, handedOver: true }
  }

  async #idle(options?: { readonly timeoutMs?: number }): Promise<void> {
    await this.#standby.writer.idle()
    if (this.#held === undefined) return
    await this.#underWay
    await this.#takeUp(this.#held)
    await this.#held.face.idle(options)
  }

  async #stop(options?: { readonly graceMs?: number }): Promise<void> {
    this.#cancel()
    this.#held?.pickup.close()
    // A set-up of the host's own may hang: it is not waited for any longer than what is under way.
    await Promise.race([this.#underWay, wait(options?.graceMs ?? 10_000, undefined, { ref: false })])
    await this.#standby.writer.idle()
    if (this.#held !== undefined) return this.#held.face.stop(options)
    await Promise.all([this.#parts.transport.close(), closeChannels(this.#parts.channels)])
  }
}
