import type { PolicyRecord } from '../../../domain/health.ts'
import type { Json, JsonObject } from '../../../domain/json.ts'
import { dayOf, isTimeZone } from '../calendar.ts'
import { emptyMemory, type StandardMemory } from './memory.ts'

/**
 * Of the documents' counters only this is certain: on some day of the window all failed, or too much timed out.
 * So it is degraded, as it was, until successes say otherwise, and every span begins anew.
 */
export function fromSentry({ memory, params }: PolicyRecord, at: number): StandardMemory | null {
  const { windowDays, timeoutsPerDay, timeZone } = fieldsOf(params)
  const { days } = fieldsOf(memory)
  if (!isListOfRows(days) || typeof timeZone !== 'string' || !isTimeZone(timeZone)) return null
  const today = dayOf(at, timeZone)
  const isFailing = ([day, success, error, timeout]: readonly number[]) =>
    isIn(day, today, Number(windowDays)) &&
    ((success === 0 && Number(error) > 0) || Number(timeout) >= Number(timeoutsPerDay))
  if (!days.some(isFailing)) return emptyMemory()
  return { ...emptyMemory(), level: 'degraded', entry: { rule: 'other-policy', at, facts: {} } }
}

function isListOfRows(days: Json | undefined): days is readonly (readonly number[])[] {
  const isRow = (row: Json) => Array.isArray(row) && row.every((count) => typeof count === 'number')
  return Array.isArray(days) && days.every(isRow)
}

function isIn(day: number | undefined, today: number, windowDays: number): boolean {
  return day !== undefined && day <= today && day > today - windowDays
}

function fieldsOf(value: Json): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
