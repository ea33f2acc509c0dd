import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common'
import type { Hookward } from '../../src/index.ts'
import { openEngine, type Topics } from '../hosts/hookward.ts'

/** Inject it as `@Inject(HOOKWARD) hookward: Hookward<Topics>`. */
export const HOOKWARD = Symbol('hookward')

/** One engine for the whole application: opened before anything listens, stopped after the last request. */
@Global()
@Module({ providers: [{ provide: HOOKWARD, useFactory: openEngine }], exports: [HOOKWARD] })
export class HookwardModule implements OnApplicationShutdown {
  readonly #hookward: Hookward<Topics>

  constructor(@Inject(HOOKWARD) hookward: Hookward<Topics>) {
    this.#hookward = hookward
  }

  onApplicationShutdown(): Promise<void> {
    return this.#hookward.stop()
  }
}
