import type { Overview } from '../../domain/overview.ts'
import type { EventName, HookwardEvents } from '../../domain/told.ts'
import type { Tracing } from '../../ports.ts'
import { checkObject, refuse, type Field } from '../../policy/check.ts'

/** Anything whose events can be listened to: a running engine. */
export interface Audible {
  on<Name extends EventName>(name: Name, listener: (event: HookwardEvents[Name]) => void): () => void
}

/** What telemetry needs of an engine: its events, and how everything stands. */
export interface Observable extends Audible {
  overview(): Promise<Overview>
}

/** What spans need besides: where an integration's attempts go, and when they begin. */
export interface Traceable extends Observable {
  readonly integrations: { get(slug: string): { readonly url: string } }
  /** Needed where traces are carried on. */
  trace?(tracing: Tracing): () => void
}

/** Listeners by name. */
export type Listeners = { readonly [Name in EventName]?: (event: HookwardEvents[Name]) => void }

/** Puts all of them on; the answer takes them off again. */
export function listen(engine: Audible, listeners: Listeners): () => void {
  const names = Object.keys(listeners) as EventName[]
  const leave = names.map((name) => engine.on(name, listeners[name] as (event: object) => void))
  return () => {
    for (const off of leave) off()
  }
}

/** Throws `OPTION_INVALID` unless it has these methods. */
export function checkMethods(value: unknown, name: string, methods: readonly string[]): void {
  const has = checkObject(value, option(name))
  const missing = methods.find((method) => typeof has[method] !== 'function')
  if (missing !== undefined) refuse(option(name), `has no method ${missing}`)
}

export function checkEngine(engine: unknown, methods: readonly string[]): void {
  checkMethods(engine, 'the engine', methods)
}

export function option(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}
