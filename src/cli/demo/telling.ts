import type { Explanation, Hookward } from '../../index.ts'
import type { ManualClock } from '../../testing/manual-clock.ts'
import { comment, slug } from '../playground/cast.ts'
import type { PlayMailServer } from '../playground/mail-server.ts'
import type { PlayReceiver } from '../playground/receiver.ts'
import type { Terminal } from '../terminal.ts'
import { jsonText, stateText } from '../words.ts'

/** What a story is played with. */
export interface Scene {
  readonly hookward: Hookward
  readonly receiver: PlayReceiver
  readonly inbox: PlayMailServer
  readonly clock: ManualClock
  /** Every step of health so far. */
  readonly states: readonly Explanation[]
  readonly telling: Telling
}

/** One line of `hookward demo --json`. */
export interface DemoStep {
  readonly step: string
  readonly integration: string
  readonly state: string
  readonly detail: string
}

/** Tells a story to a terminal. */
export class Telling {
  readonly #terminal: Terminal
  readonly #isJson: boolean

  constructor(terminal: Terminal, isJson: boolean) {
    this.#terminal = terminal
    this.#isJson = isJson
  }

  say(line: string): void {
    if (!this.#isJson) this.#terminal.out(line)
  }

  /** The chart has got somewhere. */
  step(step: string, { integration, state }: Explanation, detail: string): void {
    const told: DemoStep = { step, integration, state, detail }
    if (this.#isJson) return this.#terminal.out(jsonText(told))
    this.#terminal.out(
      `  => ${integration} is ${stateText(this.#terminal, state).replace(state, state.toUpperCase())}: ${detail}`,
    )
  }

  /** The states that were entered, in their order. */
  async path(hookward: Hookward): Promise<void> {
    const walked = (await hookward.transitions(slug)).map(({ to }) => to).reverse()
    this.say(`\nThe chart's path: ${['healthy.steady', ...walked].join(' -> ')}`)
  }
}

/** A comment is made, and all that follows from it now is done. */
export async function commented({ hookward }: Scene, text: string): Promise<void> {
  await comment(hookward, text)
  await hookward.idle()
}
