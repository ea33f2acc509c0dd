import type { Delivery } from '../domain/delivery.ts'
import { textOf } from '../domain/errors.ts'
import { traceOf, type TraceContext } from '../domain/trace.ts'
import type { Logger, TracedAttempt, Tracing } from '../ports.ts'

/** Those who trace what is sent. What one of them throws is logged, and harms neither an event nor an attempt. */
export class Tracings {
  readonly #all = new Set<Tracing>()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  add(tracing: Tracing): () => void {
    const own: Tracing = { current: () => tracing.current(), begin: (...args) => tracing.begin(...args) }
    this.#all.add(own)
    return () => {
      this.#all.delete(own)
    }
  }

  /** The same event, with where in a trace it comes from, if it comes from one. */
  traced<Event extends object>(event: Event): Event & { readonly trace?: TraceContext } {
    if (this.#all.size === 0) return event
    const trace = first([...this.#all], (tracing) => this.#safe(() => traceOf(tracing.current())))
    return trace === undefined ? event : { ...event, trace }
  }

  /** Undefined while nobody traces. */
  begin(delivery: Delivery, facts: Parameters<Tracing['begin']>[1]): TracedAttempt | undefined {
    if (this.#all.size === 0) return undefined
    const begun = [...this.#all].flatMap((tracing) => this.#safe(() => tracing.begin(delivery, facts)) ?? [])
    const sends = first(begun, (one) => this.#safe(() => traceOf(one.sends)))
    return {
      ...(sends === undefined ? {} : { sends }),
      run: (exchange) => this.#run(begun, exchange),
      ended: (...how) => begun.forEach((one) => this.#safe(() => one.ended(...how))),
    }
  }

  /** However they fail, the exchange is made, and once. */
  #run<T>(begun: readonly TracedAttempt[], exchange: () => T): T {
    let made: { readonly answer: T } | undefined
    const once = () => (made ??= { answer: exchange() }).answer
    this.#safe(() => begun.reduce((inner, one) => () => one.run(inner), once)())
    return once()
  }

  #safe<T>(call: () => T): T | undefined {
    try {
      return call()
    } catch (error) {
      this.#logger.error({ error: textOf(error) }, 'tracing threw')
      return undefined
    }
  }
}

function first<T, Answer>(all: readonly T[], ask: (one: T) => Answer | undefined): Answer | undefined {
  for (const one of all) {
    const answer = ask(one)
    if (answer !== undefined) return answer
  }
  return undefined
}
