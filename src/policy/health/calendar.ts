const dayMs = 86_400_000
const formatters = new Map<string, Intl.DateTimeFormat>()

/** A calendar day of one time zone, as days since 1970-01-01: consecutive days are consecutive numbers. */
export type Day = number

/** The calendar day a moment falls on in a named time zone, for example `UTC` or `Europe/Vienna`. */
export function dayOf(at: number, timeZone: string): Day {
  if (timeZone === 'UTC') return Math.floor(at / dayMs)
  const parts = formatter(timeZone).formatToParts(at)
  const number = (type: 'year' | 'month' | 'day') => Number(parts.find((part) => part.type === type)?.value)
  return Date.UTC(number('year'), number('month') - 1, number('day')) / dayMs
}

/** `2024-06-01`. */
export function dayText(day: Day): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

/** The first moment of a calendar day; exact on the days clocks are changed, too. */
export function startOfDay(day: Day, timeZone: string): number {
  let before = day * dayMs - dayMs
  let reached = day * dayMs + dayMs
  while (reached - before > 1) {
    const middle = Math.floor((before + reached) / 2)
    if (dayOf(middle, timeZone) >= day) reached = middle
    else before = middle
  }
  return reached
}

/** Whether the runtime knows a time zone by this name. */
export function isTimeZone(name: string): boolean {
  try {
    formatter(name)
    return true
  } catch {
    return false
  }
}

/** Made once per zone: a formatter costs far more than a use of it. Read by parts, whatever the order of the locale. */
function formatter(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  })
  formatters.set(timeZone, made)
  return made
}
