import type { DeliveryState } from '../../domain/delivery.ts'
import type { IntegrationView } from '../../domain/integration.ts'
import type { Hookward } from '../../engine/hookward.ts'
import type { EmitResult } from '../../engine/intake.ts'
import type { AnyEvent } from '../../engine/observers.ts'
import type { EmitInput, OpenTopics } from '../../policy/parse-event.ts'
import type { IntegrationInput } from '../../policy/parse-integration.ts'
import type { Span } from '../span.ts'
import type { Mailbox } from './mailbox.ts'
import type { WorldOptions } from './options.ts'
import type { WorldReceiver } from './receivers.ts'

/** The clock on the wall of a world; how long the world has been goes on whatever it shows. */
export interface WorldClock {
  /** Milliseconds since 1970. */
  now(): number
  /** Sets it forward, as a time server may. */
  forward(span: Span): void
  /** Sets it back. */
  back(span: Span): void
}

/** The disk of a world. Throws `OPTION_INVALID` in one that has its store in memory. */
export interface WorldDisk {
  /** From now on every call that changes something fails by this code. @default 'ENOSPC' */
  fail(code?: string): void
  /** It takes everything again. */
  mend(): void
  /** The n-th call that changes something from now on fails by this code. @default 'EIO' */
  failAt(n: number, code?: string): void
  /** At the n-th call that changes something from now on the engine is gone, as by `crash`. @default 'process' */
  crashAt(n: number, how?: Crash): void
}

/** `process`: nothing follows, and the system keeps all that was written. `power`: what was not flushed may be gone, or in part. */
export type Crash = 'process' | 'power'

/** A delivery that may still be sent. */
export interface Unsettled {
  readonly id: string
  readonly integration: string
  /** An attempt of it has begun and not ended. */
  readonly isUnderWay: boolean
  /** Where it stands; `left`: in the ledger, because whoever enabled its integration did not want it sent. */
  readonly state: Exclude<DeliveryState, 'delivered' | 'skipped' | 'expired'> | 'left'
}

/** What happened in a world, counted. */
export interface WorldCounts {
  /** Deliveries that were accepted. */
  readonly accepted: number
  readonly attempts: number
  readonly crashes: number
}

/**
 * An engine in a virtual world: the real one, unchanged, with a clock, receivers, a disk and a mailbox that exist in
 * memory alone. Time stands until `run` or `until` moves it; then it goes from one event to the next.
 * The same seed and the same calls give the same trace. Nothing of it must be closed.
 */
export interface World<Topics = OpenTopics> {
  /** The engine as it runs now. Throws `ENGINE_STOPPED` while it is down. */
  readonly hookward: Hookward<Topics>
  readonly isRunning: boolean
  readonly clock: WorldClock
  readonly disk: WorldDisk
  /** All mails that owners got. */
  readonly mailbox: Mailbox
  /** What the engine told its listeners. */
  readonly events: readonly AnyEvent[]
  /** What happened, a line each: attempts, outcomes, mails, events, crashes. */
  readonly trace: readonly string[]
  readonly counts: WorldCounts
  /** Deliveries that were accepted and have not ended, dead letters too. */
  unsettled(): readonly Unsettled[]
  /** The receiver of this name; made when it is first asked for. 1 to 63 lower-case letters, digits and hyphens. */
  receiver(id: string): WorldReceiver
  /**
   * Registers an integration at the receiver of the same name and installs it in its organisation.
   * @default organisation `acme`, topic `world`, owner `ops@acme.dev`
   */
  register(slug: string, input?: Partial<IntegrationInput>): Promise<IntegrationView>
  /**
   * Emits an event; what may be sent at once is on its way when it resolves.
   * @default `world.ticked` in `acme`, with a running number
   */
  emit(event?: Partial<EmitInput>): Promise<EmitResult>
  /** From now on does this so often; while the engine is down it does not. The answer ends it. @default emits an event */
  every(span: Span, act?: () => unknown): () => void
  /** Lets so much time pass. Throws what `every` met with. */
  run(span: Span): Promise<void>
  /** Lets time pass until it holds, or until the promise is settled. Throws after `within`. @default 30 days */
  until(holds: () => boolean, within?: Span): Promise<void>
  until<T>(settled: Promise<T>, within?: Span): Promise<T>
  /** For so long nothing gets out: every receiver is unreachable, and it is our own fault. */
  cut(span: Span): void
  /** The machine stands still for so long, as one that is suspended: nothing runs, and afterwards everything is late. */
  suspend(span: Span): Promise<void>
  /** The engine is gone at this instant; time may pass before `restart`. @default 'process' */
  crash(how?: Crash): Promise<void>
  /** Starts the engine again on what is left; one that runs is stopped in good order first. Throws what kept it from starting. */
  restart(options?: Partial<Pick<WorldOptions, 'policy' | 'engine'>>): Promise<void>
  /** What broke a promise so far, a sentence each; empty when all is well. */
  invariants(): readonly string[]
  /** Throws an `Error` that lists what broke a promise. */
  expectWell(): void
}
