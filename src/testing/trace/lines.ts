import { checkFields, checkText, refuse, type Field } from '../../policy/check.ts'
import type { Answer, Spell, Trace, TracedEvent, TracedIntegration } from './trace.ts'

/** What is gathered of one integration while its lines are read. */
interface Gathered {
  readonly integration: string
  host?: string
  status?: NonNullable<TracedIntegration['status']>
  readonly events: TracedEvent[]
  readonly spells: Spell[]
  deadAt?: number
}

type Line = Readonly<Record<string, unknown>>

const known = ['integration', 'at', 'event', 'poison', 'answers', 'share', 'dead', 'host', 'status'] as const

/**
 * Reads a trace from JSON lines. The first is `{ "trace": name, "from": moment, "until": moment }`; each of the others is
 * about one integration, in any order: `{ "integration": id, "at": moment, ... }` with `"event": topic` for an event,
 * `"answers": { "status": 503 }` for what its receiver answers from then on, with a `"share"` of the attempts, or
 * `"dead": true` when it never comes back. Without `at` it tells `"host"` and `"status"`. Moments are milliseconds since
 * 1970 or ISO texts; empty lines are passed over.
 * @throws HookwardError `TRACE_INVALID`, which names the line.
 * @example
 * const trace = parseTrace(readFileSync('trace.jsonl', 'utf8'))
 */
export function parseTrace(text: string): Trace {
  const lines = text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : ([[objectIn(line, i + 1), i + 1]] as const)))
  const [head, ...others] = lines
  if (head === undefined) return refuse(lineField(1), 'must name the trace, and when it begins and ends')
  const { trace, from, until } = checkFields(head[0], lineField(head[1]), ['trace', 'from', 'until'])
  const [begins, ends] = [momentOf(from, head[1], 'from'), momentOf(until, head[1], 'until')]
  if (begins >= ends) refuse(lineField(head[1]), 'must end after it begins')
  const gathered = new Map<string, Gathered>()
  for (const [line, n] of others) gather(gathered, line, n)
  const name = checkText(trace, lineField(head[1], 'trace'), 64)
  return { name, from: begins, until: ends, integrations: [...gathered.values()].map(ordered) }
}

/** Writes a trace as the lines that {@link parseTrace} reads. */
export function formatTrace({ name: trace, from, until, integrations }: Trace): string {
  const lines: object[] = [{ trace, from: new Date(from).toISOString(), until: new Date(until).toISOString() }]
  for (const { integration, host, status, events, spells, deadAt } of integrations) {
    if (host !== undefined || status !== undefined) lines.push({ integration, host, status })
    for (const { at, topic = 'trace.event', poison } of events) lines.push({ integration, at, event: topic, poison })
    for (const { at, answer: answers, share } of spells) lines.push({ integration, at, answers, share })
    if (deadAt !== undefined) lines.push({ integration, at: deadAt, dead: true })
  }
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
}

function objectIn(line: string, n: number): Line {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Line
  } catch {
    // Refused below, as anything else that is no object.
  }
  return refuse(lineField(n), 'must be a JSON object')
}

function gather(gathered: Map<string, Gathered>, line: Line, n: number): void {
  const fields = checkFields(line, lineField(n), known)
  const integration = checkText(fields.integration, lineField(n, 'integration'), 64)
  const one = gathered.get(integration) ?? { integration, events: [], spells: [] }
  gathered.set(integration, one)
  if (fields.at === undefined) return describe(one, fields, n)
  const at = momentOf(fields.at, n, 'at')
  const parts = [fields.event, fields.answers, fields.dead].filter((part) => part !== undefined)
  if (parts.length !== 1) refuse(lineField(n), 'must hold one of event, answers and dead')
  if (fields.event !== undefined) one.events.push(eventIn(fields, at, n))
  else if (fields.answers !== undefined) one.spells.push(spellIn(fields, at, n))
  else one.deadAt = at
}

function describe(one: Gathered, { host, status }: Line, n: number): void {
  if (host !== undefined) one.host = checkText(host, lineField(n, 'host'), 256)
  if (status === undefined) return
  const words = ['internal', 'unpublished', 'published'] as const
  one.status =
    words.find((word) => word === status) ?? refuse(lineField(n, 'status'), `must be one of ${words.join(', ')}`)
}

function eventIn({ event, poison }: Line, at: number, n: number): TracedEvent {
  const topic = checkText(event, lineField(n, 'event'), 128)
  return poison === undefined ? { at, topic } : { at, topic, poison: answerIn(poison, n, 'poison') }
}

function spellIn({ answers, share }: Line, at: number, n: number): Spell {
  const answer = answerIn(answers, n, 'answers')
  if (share === undefined) return { at, answer }
  return { at, answer, share: numberIn(share, 0, 1, n, 'share') }
}

function answerIn(value: unknown, n: number, name: string): Answer {
  const given = checkFields(value, lineField(n, name), ['status', 'code', 'afterMs', 'retryAfter'])
  const numbers = { status: [100, 999], afterMs: [0, 86_400_000], retryAfter: [0, 86_400] } as const
  const answer: Record<string, unknown> = {}
  for (const [field, [least, most]] of Object.entries(numbers)) {
    const value = given[field as keyof typeof numbers]
    if (value !== undefined) answer[field] = numberIn(value, least, most, n, `${name}.${field}`)
  }
  if (given.code !== undefined) answer['code'] = checkText(given.code, lineField(n, `${name}.code`), 64)
  return answer
}

function numberIn(value: unknown, least: number, most: number, n: number, name: string): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  return refuse(lineField(n, name), `must be a number from ${least} to ${most}`)
}

function momentOf(value: unknown, n: number, name: string): number {
  const at = typeof value === 'string' ? Date.parse(value) : value
  if (typeof at === 'number' && Number.isSafeInteger(at)) return at
  return refuse(lineField(n, name), 'must be a moment: milliseconds since 1970, or an ISO text')
}

function ordered({ events, spells, ...facts }: Gathered): TracedIntegration {
  const byMoment = (a: { readonly at: number }, b: { readonly at: number }) => a.at - b.at
  return { ...facts, events: events.sort(byMoment), spells: spells.sort(byMoment) }
}

function lineField(n: number, name = ''): Field {
  return { code: 'TRACE_INVALID', name: name === '' ? `line ${n}` : `line ${n}: ${name}` }
}
