import { formatTrace } from '../../testing/trace/lines.ts'
import { traces as made, type TraceName } from '../../testing/trace/traces.ts'
import type { Call, Command, Result } from '../command.ts'
import { spanText, table } from '../words.ts'

const traceNames = Object.keys(made) as readonly TraceName[]

/** One trace, as `hookward traces --json` lists it. */
export interface TraceFacts {
  readonly trace: string
  readonly spanMs: number
  readonly integrations: number
  readonly events: number
  /** Integrations whose receiver never comes back. */
  readonly dead: number
}

/** `hookward traces`. */
export const traces: Command = {
  name: 'traces',
  about: 'the made traces of receivers, or one of them as lines that simulate reads',
  args: [{ name: 'TRACE', about: 'one of them', isOptional: true, words: traceNames }],
  flags: { seed: { kind: 'number', about: 'made from this seed (1)' } },
  json: { shape: 'TraceFacts[] | Trace' },
  examples: ['traces flapping --seed 7 > flapping.jsonl'],
  run: (call) => Promise.resolve(listed(call)),
}

function listed({ args, flags, terminal }: Call): Result {
  const seed = flags.number('seed') ?? 1
  const [name] = args as readonly [TraceName?]
  if (name !== undefined) {
    const trace = made[name](seed)
    return { value: trace, lines: [formatTrace(trace).trimEnd()] }
  }
  const value = traceNames.map((one) => factsOf(one, seed))
  const rows = value.map(({ trace, spanMs, integrations, events, dead }) => [
    ...[trace, spanText(spanMs), String(integrations), String(events), String(dead)],
  ])
  return { value, lines: table(terminal, ['TRACE', 'SPAN', 'INTEGRATIONS', 'EVENTS', 'DEAD'], rows) }
}

function factsOf(trace: TraceName, seed: number): TraceFacts {
  const { from, until, integrations } = made[trace](seed)
  const events = integrations.reduce((sum, one) => sum + one.events.length, 0)
  const dead = integrations.filter(({ deadAt }) => deadAt !== undefined).length
  return { trace, spanMs: until - from, integrations: integrations.length, events, dead }
}
