import type { Forecast } from '../domain/health.ts'
import type { Json } from '../domain/json.ts'
import type { Policy } from '../policy/health/policy.ts'
import { chances, spanMs } from './chances.ts'
import type { Moment } from './life.ts'
import { badness, badnessAt, breaks, moments, placeOf, successes, watched, type Subject } from './policy-subject.ts'

const dayMs = 86_400_000

/** A success of a delivery and of a probe, after every signal. */
export function successHelps(subject: Subject): void {
  const { policy } = subject
  const outcome = { kind: 'ok', status: 200, code: 'HTTP_200' } as const
  for (const moment of moments(subject)) {
    const { memory, signal, at } = moment
    const { status } = signal
    const attempt = { topic: 'invoice.paid', deliveryId: 'dlv_ok', acceptedAt: at, attempt: 1, final: false } as const
    const before = badnessAt(policy, memory, at)
    for (const ok of [successes(signal, 1, at, at), { type: 'probe.ok', at, status, outcome, ...attempt }] as const)
      if (badnessAt(policy, policy.observe(memory, ok), at) > before)
        breaks(`${ok.type} makes the verdict worse ${placeOf(subject, moment)}`)
  }
}

/** The engine asks again when the forecast says, and not before. */
export function keepsForecast(subject: Subject): void {
  const { policy } = subject
  const chance = chances(subject.seed)
  for (const moment of moments(subject)) {
    const { memory, at } = moment
    const { level, next } = policy.judge(memory, at)
    if (level === 'disabled') continue
    const place = placeOf(subject, moment)
    const untilAt = next?.at ?? Infinity
    if (untilAt <= at) breaks(`the forecast is not in the future ${place}`)
    for (const laterAt of [at + spanMs(chance, 1, 400 * dayMs), Math.floor((at + untilAt) / 2), untilAt - 1])
      if (laterAt < untilAt && badnessAt(policy, memory, laterAt) > badness(level))
        breaks(`time alone makes it worse before its forecast, at ${new Date(laterAt).toISOString()}, ${place}`)
    comesTrue(policy, memory, next, place)
  }
}

/** At its moment it is so, or there is a later forecast. */
function comesTrue(policy: Policy, memory: Json, first: Forecast | undefined, place: string): void {
  let forecast = first
  for (let n = 0; forecast !== undefined; n += 1) {
    if (n >= delaysMax) breaks(`the forecast is put off ${delaysMax} times ${place}`)
    const { to, at } = forecast
    const { level, next } = policy.judge(memory, at)
    if (level === to) return
    if (next === undefined || next.at <= at)
      breaks(`the forecast says ${to}, and at its moment it is ${level} without a later forecast, ${place}`)
    forecast = next
  }
}

const delaysMax = 100

/** Whatever is running goes on afterwards as if no time had passed; below zero: the clock was set back. */
export function leavesSkippedTime(subject: Subject): void {
  const asked = watched(subject)
  const skip = (memory: Json, ms: number) => asked.skip?.(memory, ms) ?? memory
  const empty = JSON.stringify(asked.empty())
  const chance = chances(subject.seed)
  for (const moment of moments(subject)) {
    const ms = spanMs(chance, 1, 40 * dayMs)
    for (const skippedMs of [0, ms, -ms]) {
      if (JSON.stringify(skip(asked.empty(), skippedMs)) !== empty)
        breaks(`an empty memory is another after ${skippedMs} ms that do not count`)
      afterSkip(subject, moment, skip(moment.memory, skippedMs), skippedMs)
    }
  }
}

function afterSkip(subject: Subject, moment: Moment, skipped: Json, ms: number): void {
  const { policy } = subject
  const before = policy.judge(moment.memory, moment.at)
  const after = policy.judge(skipped, moment.at + ms)
  const place = placeOf(subject, moment)
  if (badness(after.level) > badness(before.level))
    breaks(`${ms} ms that do not count turn ${before.level} into ${after.level} ${place}`)
  const [next, later] = [before.next, after.next]
  const isWorse = next !== undefined && badness(next.to) > badness(before.level)
  if (isWorse && later?.to === next.to && later.at < next.at + ms)
    breaks(`${ms} ms that do not count bring the forecast nearer ${place}`)
}
