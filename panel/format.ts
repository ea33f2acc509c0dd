const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]

/** Policy time less the browser's: everything is said in the engine's time. */
let aheadMs = 0

export function setNow(at: number): void {
  aheadMs = at - Date.now()
}

export function now(): number {
  return Date.now() + aheadMs
}

/** A span in its one or two largest units. */
export function span(ms: number): string {
  const all = Math.abs(ms)
  if (all < minute) return `${Math.round(all / 1_000)} s`
  if (all < hour) return `${Math.round(all / minute)} min`
  if (all < day) return two(all, hour, 'h', minute, 'min')
  return two(all, day, 'd', hour, 'h')
}

function two(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const [whole, rest] = [Math.floor(ms / big), Math.floor((ms % big) / small)]
  return rest === 0 || whole > 9 ? `${whole} ${bigName}` : `${whole} ${bigName} ${rest} ${smallName}`
}

export function ago(at: number): string {
  const ms = now() - at
  if (Math.abs(ms) < 1_500) return 'now'
  return ms > 0 ? `${span(ms)} ago` : `in ${span(ms)}`
}

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const short = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })

export const exact = (at: number) => moment.format(at)
export const brief = (at: number) => short.format(at)

const ofDay = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' })
const ofHour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
/** A mark on an axis that is so long. */
export const tick = (at: number, ms: number) => (ms > 2 * day ? ofDay : ofHour).format(at)

export function bytes(n: number): string {
  if (n < 1_024) return `${n} B`
  if (n < 2 ** 20) return `${(n / 1_024).toFixed(1)} KiB`
  return n < 2 ** 30 ? `${(n / 2 ** 20).toFixed(1)} MiB` : `${(n / 2 ** 30).toFixed(2)} GiB`
}

export function count(n: number): string {
  return n.toLocaleString()
}

/** `isLast`, `inARow` and `last_failure_at` as words. */
export function words(name: string): string {
  return name
    .replaceAll(/([a-z\d])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$2 ')
    .replaceAll(/[_.-]/g, ' ')
    .toLowerCase()
}

export function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((all, n) => all + (n ?? 0), 0)
}
