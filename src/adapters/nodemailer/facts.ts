import type { Json, JsonObject } from '../../domain/json.ts'
import { oneLine, type Table } from './blocks.ts'

/**
 * The numbers behind a verdict as tables: single facts first, then one table for each list of objects.
 * Any JSON will do. At most 20 facts, and 31 rows and 8 columns a list; what is left out is counted.
 */
export function factTables(facts: JsonObject): readonly Table[] {
  const entries = Object.entries(facts)
  const lists = entries.flatMap(([, value]) => (isListOfObjects(value) ? [listTable(value)] : []))
  const single = entries.filter(([, value]) => !isListOfObjects(value)).flatMap(([name, value]) => flat(name, value))
  return single.length === 0 ? lists : [factTable(single), ...lists]
}

/** The numbers within a fact stand beside the others, under both names. */
function flat(name: string, value: Json): readonly (readonly [string, Json])[] {
  if (!isObject(value)) return [[name, timed(name, value)]]
  return Object.entries(value).map(([inner, one]) => [`${name}: ${wordsOf(inner)}`, timed(inner, one)])
}

const factsMax = 20
const rowsMax = 31
const columnsMax = 8
const cellCharsMax = 80

function factTable(entries: readonly (readonly [string, Json])[]): Table {
  const rows = entries.map(([name, value]) => [wordsOf(name), cellOf(value)])
  return { columns: ['fact', 'value'], rows: bounded(rows, factsMax) }
}

function listTable(list: readonly JsonObject[]): Table {
  const names = [...new Set(list.slice(0, rowsMax).flatMap((item) => Object.keys(item)))].slice(0, columnsMax)
  const rows = list.map((item) => names.map((name) => (Object.hasOwn(item, name) ? cellOf(item[name] ?? null) : '')))
  return { columns: names.map(wordsOf), rows: bounded(rows, rowsMax) }
}

function bounded(rows: readonly (readonly string[])[], max: number): readonly (readonly string[])[] {
  return rows.length <= max ? rows : [...rows.slice(0, max), [`… and ${rows.length - max} more`]]
}

/** An object without keys has no columns to show, so such a list is printed as JSON instead. */
function isListOfObjects(value: Json): value is readonly JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every((item: Json) => isObject(item))
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
}

/** `timeoutsPerDay` reads `timeouts per day`. */
function wordsOf(name: string): string {
  return oneLine(name, cellCharsMax).replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => {
    return `${before} ${after.toLowerCase()}`
  })
}

/** A moment is told as such: milliseconds since 1970 say nothing to an owner. */
function timed(name: string, value: Json): Json {
  const isMoment = /(At|Until)$/.test(name) && typeof value === 'number' && value > 0 && value <= momentMax
  return isMoment ? new Date(value).toISOString() : value
}

const momentMax = 8_640_000_000_000_000

function cellOf(value: Json): string {
  return oneLine(typeof value === 'string' ? value : JSON.stringify(value), cellCharsMax)
}
