import { refuse } from '../../policy/check.ts'
import type { LogOptions } from '../../policy/parse-log-query.ts'
import type { LedgerOptions, ReplayOptions } from '../../policy/parse-ledger.ts'
import type { ListQuery } from './lists.ts'

/** What an address asks for. */
export class Query {
  readonly #params: URLSearchParams

  constructor(url: string) {
    this.#params = new URL(url).searchParams
  }

  text(name: string): string {
    return this.#params.get(name) ?? ''
  }

  optional(name: string): string | undefined {
    return this.text(name) === '' ? undefined : this.text(name)
  }

  get list(): ListQuery {
    const limit = Math.min(Math.max(this.#number('limit') ?? 100, 1), 1_000)
    return { q: this.text('q').trim(), state: this.text('state'), sort: this.text('sort'), limit }
  }

  get log(): LogOptions {
    return without({
      topic: this.optional('topic'),
      organization: this.optional('organization'),
      errorsOnly: this.text('errorsOnly') === 'true' ? true : undefined,
      from: this.#number('from'),
      to: this.#number('to'),
      limit: this.#number('limit'),
    })
  }

  get ledger(): LedgerOptions {
    return without({ limit: this.#number('limit'), after: this.optional('after') })
  }

  /** Of a replay that is only counted. */
  get preview(): ReplayOptions {
    const topics = this.optional('topics')?.split(',')
    const which = (this.optional('which') ?? 'all') as ReplayOptions['which']
    const span = { from: this.#number('from'), to: this.#number('to'), limit: this.#number('limit') }
    return { which, dryRun: true, ...without({ topics, ...span }) }
  }

  #number(name: string): number | undefined {
    const text = this.optional(name)
    if (text === undefined) return undefined
    return Number.isFinite(Number(text)) ? Number(text) : refuse({ code: 'OPTION_INVALID', name }, 'must be a number')
  }
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Without the fields that were not given. */
function without<T extends object>(fields: T): Partial<Present<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Present<T>>
}
