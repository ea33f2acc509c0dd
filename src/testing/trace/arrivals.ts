import { randomOf } from './random.ts'
import type { Answer, Spell, TracedEvent } from './trace.ts'

export const [secondMs, minuteMs, hourMs, dayMs] = [1_000, 60_000, 3_600_000, 86_400_000] as const

/** Monday, 3 June 2024, at the first moment of a UTC day: where every made trace begins. */
export const monday = Date.UTC(2024, 5, 3)

/** Events at random, so many an hour on average. */
export function atRandom(seed: number, from: number, until: number, perHour: number): readonly TracedEvent[] {
  const random = randomOf(seed)
  const events: TracedEvent[] = []
  const gapMs = () => Math.ceil((-Math.log(1 - random()) * hourMs) / perHour)
  for (let at = from + gapMs(); at < until; at += gapMs()) events.push({ at })
  return events
}

/** So many events, at random within a span. */
export function within(seed: number, from: number, spanMs: number, count: number): readonly TracedEvent[] {
  const random = randomOf(seed)
  const times = Array.from({ length: count }, () => from + Math.floor(random() * spanMs))
  return times.sort((a, b) => a - b).map((at) => ({ at }))
}

/** The hour of a UTC day, with its minutes as a fraction, and the day of the week: 0 is Monday. */
export function clockOf(at: number): { readonly hour: number; readonly weekday: number } {
  const days = Math.floor((at - monday) / dayMs)
  return { hour: (at - monday - days * dayMs) / hourMs, weekday: ((days % 7) + 7) % 7 }
}

/** From one moment to another the receiver answers so, and well again afterwards. */
export function spell(from: number, until: number, answer: Answer, share = 1): readonly Spell[] {
  return [
    { at: from, answer, share },
    { at: until, answer: fine },
  ]
}

/** From then on, for good. */
export function forGood(at: number, answer: Answer): Spell {
  return { at, answer }
}

export const fine: Answer = { status: 200, afterMs: 120 }
export const refused: Answer = { code: 'ECONNREFUSED', afterMs: 20 }
export const expired: Answer = { code: 'CERT_HAS_EXPIRED', afterMs: 60 }
export const hanging: Answer = { afterMs: 3_600_000 }
export const unavailable: Answer = { status: 503, afterMs: 40 }
