import { HookwardError } from '../domain/errors.ts'

/**
 * A span of time: milliseconds, or a text such as `'6d'`, `'1.5h'` or `'1d 12h'` of weeks `w`, days `d`, hours `h`,
 * minutes `m`, seconds `s` and milliseconds `ms`; at most ten years.
 */
export type Span = number | string

/** A span in whole milliseconds; anything else throws `OPTION_INVALID` by this name. */
export function msOf(span: Span, name = 'the span'): number {
  const ms = typeof span === 'string' ? sumOf(span) : span
  if (typeof ms === 'number' && ms >= 0 && ms <= msMax) return Math.round(ms)
  const shown = JSON.stringify(String(span).slice(0, 40))
  throw new HookwardError('OPTION_INVALID', `${name} is ${shown}, and not a span such as 250, '90s' or '1d 12h'`)
}

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const msMax = 10 * 365 * 86_400_000
const term = /(\d+(?:\.\d+)?)(ms|[smhdw])/g
const whole = /^\d+(?:\.\d+)?(?:ms|[smhdw])(?: ?\d+(?:\.\d+)?(?:ms|[smhdw]))*$/

function sumOf(text: string): number {
  if (!whole.test(text)) return NaN
  return [...text.matchAll(term)].reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitsMs[unit] ?? NaN), 0)
}
