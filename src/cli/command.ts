import type { Flag, Flags } from './flags.ts'
import type { Terminal } from './terminal.ts'

/** One positional argument; the last ones may be left out. */
export interface Argument {
  readonly name: string
  readonly about: string
  readonly isOptional?: boolean
  /** Words it may be. @default any text */
  readonly words?: readonly string[]
}

/** What `--json` prints: the name of its shape in `shapes.ts`, or a line of it for each event. */
export interface JsonForm {
  readonly shape: string
  readonly isLines?: boolean
}

/** One command, as usage, completion and documentation show it, and what it does. */
export interface Command {
  /** One word, or two: `store check`. */
  readonly name: string
  readonly about: string
  readonly args?: readonly Argument[]
  readonly flags?: Readonly<Record<string, Flag>>
  /** It asks an engine, running or by its folder: the flags that name one come with it. @default false */
  readonly asksEngine?: boolean
  /** It changes something that does not come back by itself: it asks, or needs `--yes`. @default false */
  readonly confirms?: boolean
  readonly json?: JsonForm
  readonly examples?: readonly string[]
  run(call: Call): Promise<Result>
}

/** One call of a command. */
export interface Call {
  readonly args: readonly string[]
  readonly flags: Flags
  readonly terminal: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted when somebody presses Ctrl-C, or the process is asked to end. */
  readonly signal: AbortSignal
}

/** What a command came to. */
export interface Result {
  /** What `--json` prints. Left out where lines were written as they came. */
  readonly value?: unknown
  /** What is printed otherwise. */
  readonly lines?: readonly string[]
  /** @default 0 */
  readonly code?: 0 | 1
}

/** Flags that name the engine to ask. */
const engineFlags: Readonly<Record<string, Flag>> = {
  url: { kind: 'text', value: 'URL', about: 'where its dashboard is mounted (or HOOKWARD_URL)' },
  store: { kind: 'text', value: 'DIR', about: 'read this folder of a store in its place (or HOOKWARD_STORE)' },
}

const yes: Flag = { kind: 'boolean', about: 'do it without a question' }
const json: Flag = { kind: 'boolean', about: 'print JSON' }
const help: Flag = { kind: 'boolean', about: 'print this' }

/** Every flag that a command takes, in the order of its usage. */
export function flagsOf({ flags = {}, asksEngine, confirms, json: form }: Command): Readonly<Record<string, Flag>> {
  return {
    ...flags,
    ...(confirms === true ? { yes } : {}),
    ...(asksEngine === true ? engineFlags : {}),
    ...(form === undefined ? {} : { json }),
    help,
  }
}
