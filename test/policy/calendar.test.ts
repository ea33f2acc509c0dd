import { describe, expect, it } from 'vitest'
import { dayOf, dayText, isTimeZone, startOfDay } from '../../src/policy/health/calendar.ts'

const hourMs = 3_600_000

describe('the calendar', () => {
  it.each([
    ['1970-01-01T00:00:00.000Z', 'UTC', '1970-01-01'],
    ['2024-02-29T23:59:59.999Z', 'UTC', '2024-02-29'],
    ['1969-12-31T23:59:59.999Z', 'UTC', '1969-12-31'],
    ['2024-06-01T21:59:59.999Z', 'Europe/Vienna', '2024-06-01'],
    ['2024-06-01T22:00:00.000Z', 'Europe/Vienna', '2024-06-02'],
    ['2024-01-01T22:59:59.999Z', 'Europe/Vienna', '2024-01-01'],
    ['2024-01-01T23:00:00.000Z', 'Europe/Vienna', '2024-01-02'],
    ['2024-06-01T06:59:59.999Z', 'America/Los_Angeles', '2024-05-31'],
    ['2024-06-01T18:14:59.999Z', 'Asia/Kathmandu', '2024-06-01'],
    ['2024-06-01T18:15:00.000Z', 'Asia/Kathmandu', '2024-06-02'],
    ['2024-06-01T10:00:00.000Z', 'Pacific/Kiritimati', '2024-06-02'],
    ['2024-06-01T10:59:59.999Z', 'Pacific/Pago_Pago', '2024-05-31'],
  ])('puts %s in %s on %s', (moment, timeZone, day) => {
    expect(dayText(dayOf(Date.parse(moment), timeZone))).toBe(day)
  })

  it('numbers consecutive days consecutively', () => {
    expect(dayOf(Date.parse('2024-03-01T12:00Z'), 'UTC') - dayOf(Date.parse('2024-02-28T12:00Z'), 'UTC')).toBe(2)
  })

  it.each([
    ['an ordinary day', '2024-06-01', 'Europe/Vienna', '2024-05-31T22:00:00.000Z', 24],
    ['the day clocks go forward', '2024-03-31', 'Europe/Vienna', '2024-03-30T23:00:00.000Z', 23],
    ['the day clocks go back', '2024-10-27', 'Europe/Vienna', '2024-10-26T22:00:00.000Z', 25],
    [
      'a day that begins at one, for clocks go forward at midnight',
      '2024-04-26',
      'Africa/Cairo',
      '2024-04-25T22:00:00.000Z',
      23,
    ],
    ['a day in the far east', '2024-06-01', 'Pacific/Kiritimati', '2024-05-31T10:00:00.000Z', 24],
    ['a day in the far west', '2024-06-01', 'Pacific/Pago_Pago', '2024-06-01T11:00:00.000Z', 24],
    ['a day of UTC', '2024-06-01', 'UTC', '2024-06-01T00:00:00.000Z', 24],
  ])('finds the first moment and the length of %s', (_, text, timeZone, start, hours) => {
    const day = Date.parse(text) / (24 * hourMs)
    const first = startOfDay(day, timeZone)
    expect(new Date(first).toISOString()).toBe(start)
    expect(dayOf(first, timeZone)).toBe(day)
    expect(dayOf(first - 1, timeZone)).toBe(day - 1)
    expect((startOfDay(day + 1, timeZone) - first) / hourMs).toBe(hours)
  })

  it('gives a day that a zone skipped the first moment after it', () => {
    const skipped = Date.parse('2011-12-30') / (24 * hourMs)
    expect(dayText(dayOf(startOfDay(skipped, 'Pacific/Apia'), 'Pacific/Apia'))).toBe('2011-12-31')
  })

  it.each(['UTC', 'utc', 'Europe/Vienna', 'America/Argentina/Buenos_Aires'])('knows the zone %s', (name) => {
    expect(isTimeZone(name)).toBe(true)
  })

  it.each(['', 'Mars/Olympus', 'Europe/', 'local'])('does not know a zone %j', (name) => {
    expect(isTimeZone(name)).toBe(false)
  })
})
