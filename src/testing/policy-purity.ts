import type { Json } from '../domain/json.ts'
import type { CountedSignal, Policy } from '../policy/health/policy.ts'
import { life } from './life.ts'
import { breaks, moments, placeOf, type Subject } from './policy-subject.ts'

/** Asked twice, over frozen arguments, over a memory read back from JSON, and while another integration is judged, too. */
export function isPure(subject: Subject): void {
  const { policy, seed } = subject
  const others = life(policy, seed + 1, Infinity)
  for (const moment of moments(subject)) {
    const { before, signal, at } = moment
    const first = answersOf(policy, frozen(before), frozen(signal), at)
    others.next()
    const second = answersOf(policy, frozen(readBack(before)), frozen(signal), at)
    const other = Object.keys(first).find((name) => first[name] !== second[name])
    if (other !== undefined) breaks(`${other} answers otherwise the second time ${placeOf(subject, moment)}`)
    if (first.observe !== JSON.stringify(moment.memory))
      breaks(`observe answered otherwise before ${placeOf(subject, moment)}`)
  }
}

/** The clocks and the chance that a rule might ask, watched while it is asked everything. */
export function asksNothing(subject: Subject): void {
  for (const moment of moments(subject)) {
    const { before, signal, at } = moment
    const asked = watchedWorld(() => answersOf(subject.policy, before, signal, at))
    if (asked !== undefined) breaks(`the rule asks ${asked} ${placeOf(subject, moment)}`)
  }
}

type Answers = Readonly<Record<string, string | undefined>>

function answersOf(policy: Policy, memory: Json, signal: CountedSignal, at: number): Answers {
  const old = { name: policy.name, version: policy.version, params: policy.params, memory }
  return written({
    empty: policy.empty(),
    observe: policy.observe(memory, signal),
    judge: policy.judge(memory, at),
    whyNot: policy.whyNot?.(memory, at),
    foldable: policy.foldable(memory),
    bucketOf: policy.bucketOf(at),
    forgive: policy.forgive?.(memory, at),
    patience: policy.patience?.(memory, at),
    skip: policy.skip?.(memory, 60_000),
    migrate: policy.migrate(old, at),
  })
}

function written(answers: Readonly<Record<string, unknown>>): Answers {
  return Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, JSON.stringify(answer)]))
}

function readBack(memory: Json): Json {
  return JSON.parse(JSON.stringify(memory)) as Json
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

/** What was asked of the world during a call that must not ask it; the answers given are true. */
function watchedWorld(call: () => void): string | undefined {
  const { Date: RealDate } = globalThis
  const random = Math.random.bind(Math)
  const now = performance.now.bind(performance)
  let asked: string | undefined
  const ask =
    <T>(name: string, answer: () => T) =>
    () => {
      asked ??= name
      return answer()
    }
  globalThis.Date = new Proxy(RealDate, {
    get: (target, key) => (key === 'now' ? ask('Date.now', RealDate.now) : (Reflect.get(target, key) as unknown)),
    construct: (target, args: unknown[]) =>
      args.length === 0 ? ask('new Date', () => new RealDate())() : (Reflect.construct(target, args) as object),
    apply: ask('Date', () => RealDate()),
  })
  Math.random = ask('Math.random', random)
  performance.now = ask('performance.now', now)
  try {
    call()
  } finally {
    globalThis.Date = RealDate
    Math.random = random
    performance.now = now
  }
  return asked
}
