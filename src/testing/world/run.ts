import { lowdbStore } from '../../adapters/lowdb/store.ts'
import { HookwardError } from '../../domain/errors.ts'
import { createHookward } from '../../engine/create.ts'
import type { Hookward } from '../../engine/hookward.ts'
import type { AnyEvent } from '../../engine/observers.ts'
import type { Random, Store } from '../../ports.ts'
import type { VirtualDisk } from './disk.ts'
import { watchedFace } from './face.ts'
import type { WorldOptions } from './options.ts'
import { clockOf, mailerOf, transportOf, watchedStore, type Around } from './ports.ts'

/** Where everything of a world is kept. */
export type Ground = { readonly kind: 'disk'; disk: VirtualDisk } | { readonly kind: 'memory'; readonly store: Store }

/** One run of the engine, from its start to its end. */
export class Run {
  readonly around: Around
  #face: Hookward | undefined
  #failure: unknown

  constructor(around: Around) {
    this.around = around
  }

  /** Not before it has started, and not after it has ended by itself. */
  get face(): Hookward | undefined {
    return this.#failure === undefined ? this.#face : undefined
  }

  /** Why it could not start, or has stopped by itself. */
  get failure(): unknown {
    return this.#failure
  }

  get isStarting(): boolean {
    return this.#face === undefined && this.#failure === undefined && !this.around.life.isOver
  }

  /** Begins it; `isStarting` says when it has come so far. */
  begin(options: WorldOptions, ground: Ground, random: Random, listen: (event: AnyEvent) => void): void {
    const { life, note } = this.around
    const given = {
      ...options.engine,
      ...(options.policy === undefined ? {} : { policy: options.policy }),
      store: watchedStore(storeOn(ground, options), this.around),
      clock: clockOf(this.around),
      random,
      transport: transportOf(this.around),
      mailer: mailerOf(this.around),
    }
    createHookward(given).then(
      (hookward) => {
        if (life.isOver) return
        this.#face = watchedFace(hookward, this.around.judge)
        hookward.on('*', (event) => {
          if (life.isOver) return
          if (event.type === 'store.failed') this.#failure = event.error
          note(`event ${event.type}${'integration' in event ? ` ${event.integration}` : ''}`)
          listen(event)
        })
      },
      (error: unknown) => {
        this.#failure = error ?? new HookwardError('ENGINE_FAILED', 'the engine did not start')
      },
    )
  }
}

function storeOn(ground: Ground, options: WorldOptions): Store {
  if (ground.kind === 'memory') return ground.store
  const { backlogBytesMax = 2 ** 30, checkpointMs = 600_000, segmentBytesMax = 2 ** 20 } = options
  return lowdbStore({ dir: '/world', files: ground.disk.files, backlogBytesMax, checkpointMs, segmentBytesMax })
}
