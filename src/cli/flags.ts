import { msOf } from '../testing/span.ts'
import { failed } from './failure.ts'

/** What a flag takes: nothing, a text, a whole number, a moment or a span ago, or any of these words. */
export type FlagKind = 'boolean' | 'text' | 'number' | 'moment' | readonly string[]

/** One flag of a command. */
export interface Flag {
  readonly kind: FlagKind
  /** What its value is called in the usage. @default the name of the kind */
  readonly value?: string
  readonly about: string
  /** It may be given several times. @default false */
  readonly isMany?: boolean
}

type Given = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

/** The flags of one call, each read as what it is; a value that is none of its kind is wrong usage. */
export class Flags {
  readonly #given: Given
  readonly #now: () => number

  constructor(given: Given, now: () => number = Date.now) {
    this.#given = given
    this.#now = now
  }

  isSet(name: string): boolean {
    return this.#given[name] === true
  }

  text(name: string): string | undefined {
    const value = this.#given[name]
    return typeof value === 'string' ? value : undefined
  }

  list(name: string): readonly string[] {
    const value = this.#given[name]
    return Array.isArray(value) ? value.map(String) : []
  }

  /** A whole number, 0 or more. */
  number(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    if (!/^\d{1,15}$/.test(text)) throw failed('USAGE', `--${name} is not a whole number`)
    return Number(text)
  }

  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const found = words.find((word) => word === text)
    if (found === undefined) throw failed('USAGE', `--${name} is none of ${words.join(', ')}`)
    return found
  }

  /** Milliseconds since 1970: given as such, as a date, or as a span ago such as `2h` or `1d 12h`. */
  moment(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    if (/^\d{10,15}$/.test(text)) return Number(text)
    const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : this.#now() - agoMs(name, text)
    if (!Number.isFinite(at)) throw failed('USAGE', `--${name} is no moment`)
    return at
  }
}

function agoMs(name: string, text: string): number {
  try {
    return msOf(text)
  } catch {
    throw failed('USAGE', `--${name} is neither a date such as 2026-05-01T08:00Z nor a span ago such as 2h`)
  }
}
