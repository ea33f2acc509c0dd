import type { CountedSignal, Policy } from '../policy/health/policy.ts'
import type { Json } from '../domain/json.ts'
import { chances, spanMs, whole } from './chances.ts'
import { breaks, moments, placeOf, successes, type Subject } from './policy-subject.ts'

const dayMs = 86_400_000

/** Wherever the engine may count in bulk: the verdict is the same, then, later, and after failures. */
export function foldsAlike(subject: Subject): void {
  const { policy } = subject
  const chance = chances(subject.seed)
  for (const moment of moments(subject)) {
    const { memory, signal, at } = moment
    if (policy.judge(memory, at).level !== 'healthy' || !policy.foldable(memory)) continue
    const times = inOneBucket(policy, at, chance)
    const [firstAt, lastAt] = [times[0] ?? at, times.at(-1) ?? at]
    const single = times.reduce((old, time) => policy.observe(old, successes(signal, 1, time, time)), memory)
    const bulk = policy.observe(memory, successes(signal, times.length, firstAt, lastAt))
    const place = placeOf(subject, moment)
    isAlike(policy, single, bulk, lastAt, place)
    const failures = failuresAfter(signal, lastAt, chance)
    failures.reduce<readonly [Json, Json]>(
      ([one, other], failure) => {
        const next = [policy.observe(one, failure), policy.observe(other, failure)] as const
        isAlike(policy, ...next, failure.at, place)
        return next
      },
      [single, bulk],
    )
  }
}

/** Numbers that never fall. */
export function bucketsInOrder({ policy, seed }: Subject): void {
  const chance = chances(seed)
  let [at, bucket] = [0, policy.bucketOf(0)]
  for (let n = 0; n < 10_000; n += 1) {
    at += spanMs(chance, 1, 10 * dayMs)
    const next = policy.bucketOf(at)
    if (!Number.isFinite(next)) breaks(`the bucket of ${at} is ${next}, no number`)
    if (next < bucket) breaks(`the bucket of ${at} is ${next}, and ${bucket} came before it`)
    bucket = next
  }
}

function isAlike(policy: Policy, single: Json, bulk: Json, at: number, place: string): void {
  for (const laterMs of [0, 60_000, dayMs, 40 * dayMs]) {
    const [one, other] = [single, bulk].map((memory) => JSON.stringify(policy.judge(memory, at + laterMs)))
    if (one !== other) breaks(`successes in bulk are judged otherwise than one by one ${place}: ${other}, not ${one}`)
  }
}

function inOneBucket(policy: Policy, at: number, chance: () => number): readonly number[] {
  const spread = spanMs(chance, 1, dayMs)
  const times = Array.from({ length: whole(chance, 2, 8) }, () => at + whole(chance, 1, spread))
  const kept = times.filter((time) => policy.bucketOf(time) === policy.bucketOf(at))
  return [at, ...kept].sort((a, b) => a - b)
}

function failuresAfter({ status }: CountedSignal, at: number, chance: () => number): readonly CountedSignal[] {
  const outcome = { kind: 'timeout', status: 0, code: 'DEADLINE' } as const
  const stepMs = spanMs(chance, 1_000, dayMs)
  return Array.from({ length: 12 }, (_, i) => {
    const attempt = { deliveryId: `dlv_later_${i}`, acceptedAt: at, attempt: 1, final: false }
    return { type: 'delivery.failed', at: at + (i + 1) * stepMs, status, topic: 'invoice.paid', outcome, ...attempt }
  })
}
