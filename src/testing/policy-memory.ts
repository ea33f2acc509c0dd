import type { PolicyRecord } from '../domain/health.ts'
import type { Json, JsonObject } from '../domain/json.ts'
import type { Policy } from '../policy/health/policy.ts'
import { sentry } from '../policy/health/sentry.ts'
import { standard } from '../policy/health/standard.ts'
import { chances, oneOf } from './chances.ts'
import { life } from './life.ts'
import { breaks, moments, placeOf, watched, type Subject } from './policy-subject.ts'

/** The check at the door of the engine, and parameters that are the same when they are read back. */
export function isLetIn(subject: Subject): void {
  const { params } = watched(subject)
  const stray = strayIn(params, 'params')
  if (stray !== undefined) breaks(stray)
}

/** Nothing in the memory that is lost or changed when it is written and read. */
export function holdsJson(subject: Subject): void {
  const { policy } = subject
  const stray = strayIn(policy.empty(), 'the empty memory')
  if (stray !== undefined) breaks(stray)
  for (const moment of moments(subject)) {
    const found = strayIn(moment.memory, 'the memory')
    if (found !== undefined) breaks(`${found} ${placeOf(subject, moment)}`)
  }
}

/** Over the whole life. */
export function staysBounded(subject: Subject): void {
  const { policy, seed, signals, memoryBytesMax } = subject
  for (const moment of life(policy, seed, signals)) {
    const bytes = Buffer.byteLength(JSON.stringify(moment.memory))
    if (bytes > memoryBytesMax)
      breaks(`the memory takes ${bytes} bytes, more than ${memoryBytesMax}, ${placeOf(subject, moment)}`)
  }
}

/** Memories of both rules that ship, of its own other version, damaged ones, and what is no memory at all. */
export function takesOver(subject: Subject): void {
  const { policy } = subject
  const asked = watched(subject)
  const last = [...moments(subject)].at(-1)
  if (last === undefined) return
  const { signal, at } = last
  for (const old of oldRecords(subject)) {
    const memory = policy.migrate(old, at)
    if (memory === null) continue
    const what = `what it takes over from ${JSON.stringify(old).slice(0, 200)}`
    const stray = strayIn(memory, what)
    if (stray !== undefined) breaks(stray)
    if (Buffer.byteLength(JSON.stringify(memory)) > subject.memoryBytesMax)
      breaks(`${what} takes more than ${subject.memoryBytesMax} bytes`)
    asked.judge(memory, at)
    const next = asked.observe(memory, signal)
    const lost = strayIn(next, `what comes of ${what}`)
    if (lost !== undefined) breaks(lost)
    asked.judge(next, at)
  }
}

const garbage: readonly Json[] = [null, true, -1, 1e300, '', 'x', [], {}, [null], [[]], { days: 1 }, { days: [null] }]

function* oldRecords({ policy, seed }: Subject): Generator<PolicyRecord> {
  const chance = chances(seed)
  const { name, version } = policy
  for (const rule of [policy, sentry() as unknown as Policy, standard() as unknown as Policy]) {
    for (const { memory } of life(rule, seed, 300))
      for (const damaged of [memory, withOneOther(memory, chance), withOneOther(memory, chance)])
        for (const params of [rule.params, oneOf(chance, garbage)])
          yield { name: rule.name, version: rule.name === name ? version + 1 : rule.version, params, memory: damaged }
    for (const memory of garbage) for (const params of garbage) yield { name: rule.name, version: 0, params, memory }
  }
  for (const memory of garbage) yield { name: 'somebody-elses', version: 1, params: {}, memory }
}

/** The memory with garbage in the place of one of its parts. */
function withOneOther(value: Json, chance: () => number): Json {
  if (typeof value !== 'object' || value === null || chance() < 0.2) return oneOf(chance, garbage)
  const fields = Object.entries(value as JsonObject)
  if (fields.length === 0) return oneOf(chance, garbage)
  const [key, part] = oneOf(chance, fields)
  const other = withOneOther(part, chance)
  const damaged = Object.fromEntries([...fields, [key, other]])
  return Array.isArray(value) ? Object.values(damaged) : damaged
}

/** What of a value JSON would lose, change or refuse, and where it stands. */
function strayIn(value: unknown, name: string): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return `${name} is ${value}`
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !isPlain(value))
    return `${name} is no plain object`
  if (typeof value === 'object' && value !== null) return strayInside(value, name)
  const isCarried = value === null || ['boolean', 'number', 'string'].includes(typeof value)
  return isCarried ? undefined : `${name} is ${value === undefined ? 'undefined' : `a ${typeof value}`}`
}

function strayInside(value: object, name: string): string | undefined {
  const found = Object.entries(value).map(([key, one]) => strayIn(one, `${name}.${key}`))
  return found.find((stray) => stray !== undefined)
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || prototype === Object.prototype
}
