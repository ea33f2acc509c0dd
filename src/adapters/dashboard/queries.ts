import { checkFields, checkWord, refuse, type Field } from '../../policy/check.ts'
import type { LogOptions } from '../../policy/parse-log-query.ts'
import type { LedgerOptions, ReplayOptions } from '../../policy/parse-ledger.ts'
import { listSorts, listStates, type ListQuery } from './lists.ts'
import { present } from './present.ts'

/** What each part of the interface may be asked with; anything else is refused. */
export const asks = {
  session: [],
  list: ['q', 'state', 'sort', 'limit', 'offset'],
  operator: [],
  integration: ['slug'],
  log: ['slug', 'topic', 'delivery', 'organization', 'errorsOnly', 'from', 'to', 'limit'],
  delivery: ['slug', 'id'],
  held: ['slug', 'limit', 'after'],
  dead: ['slug', 'limit', 'after'],
  preview: ['slug', 'which', 'ids', 'topics', 'from', 'to', 'limit'],
  stream: ['slug'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** A part of the interface that is asked by GET. */
export type Part = keyof typeof asks

const rowsMax = 1_000
const charsMax = 256

/** What an address asks for. */
export class Query {
  readonly #params: URLSearchParams

  constructor(url: string, part: Part) {
    this.#params = new URL(url).searchParams
    checkFields(Object.fromEntries(this.#params), field('the address'), asks[part])
  }

  text(name: string): string {
    return this.#params.get(name) ?? ''
  }

  optional(name: string): string | undefined {
    return this.text(name) === '' ? undefined : this.text(name)
  }

  get list(): ListQuery {
    const q = this.text('q').trim()
    if (q.length > charsMax) return refuse(field('q'), `must not be longer than ${charsMax} characters`)
    return {
      q,
      state: checkWord(this.optional('state') ?? 'all', field('state'), listStates),
      sort: checkWord(this.optional('sort') ?? 'severity', field('sort'), listSorts),
      limit: this.#whole('limit', 1, rowsMax) ?? 100,
      offset: this.#whole('offset', 0, Number.MAX_SAFE_INTEGER) ?? 0,
    }
  }

  get log(): LogOptions {
    return present({
      topic: this.optional('topic'),
      delivery: this.optional('delivery'),
      organization: this.optional('organization'),
      errorsOnly: this.#flag('errorsOnly'),
      from: this.#number('from'),
      to: this.#number('to'),
      limit: this.#number('limit'),
    })
  }

  get ledger(): LedgerOptions {
    return present({ limit: this.#number('limit'), after: this.optional('after') })
  }

  /** Of a replay that is only counted. */
  get preview(): ReplayOptions {
    const [ids, topics] = [this.optional('ids')?.split(','), this.optional('topics')?.split(',')]
    const which = (this.optional('which') ?? 'all') as ReplayOptions['which']
    const span = { from: this.#number('from'), to: this.#number('to'), limit: this.#number('limit') }
    return { which, dryRun: true, ...present({ ids, topics, ...span }) }
  }

  #number(name: string): number | undefined {
    const text = this.optional(name)
    if (text === undefined) return undefined
    return Number.isFinite(Number(text)) ? Number(text) : refuse(field(name), 'must be a number')
  }

  #whole(name: string, min: number, max: number): number | undefined {
    const number = this.#number(name)
    if (number === undefined || (Number.isInteger(number) && number >= min && number <= max)) return number
    return refuse(field(name), `must be a whole number from ${min} to ${max}`)
  }

  #flag(name: string): boolean | undefined {
    const text = this.optional(name)
    return text === undefined ? undefined : checkWord(text, field(name), ['true', 'false']) === 'true'
  }
}

function field(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}
