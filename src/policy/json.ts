import { HookwardError } from '../domain/errors.ts'
import { writtenPath } from './path.ts'

/** How deep arrays and objects may stand inside each other. */
export const nestingMax = 100

/**
 * Writes a value as JSON the way Sentry does, byte for byte: no blanks, keys in the order they were set, ASCII only
 * (everything outside U+0020 to U+007E is escaped, as lower-case \uXXXX unless JSON has a short form such as \n),
 * and null for NaN and Infinity. Objects with `toJSON` are written as they say; properties that are `undefined` are
 * left out, as are those named by symbols.
 *
 * Whatever JSON cannot carry faithfully throws `EVENT_NOT_JSON` with the path to it, never with the value.
 * @param charsMax throws `EVENT_TOO_LARGE` as soon as the text grows past it; characters and bytes are the same here. @default 16 MiB
 */
export function encodeJson(value: unknown, charsMax: number = 16 * 1_048_576): string {
  const page: Page = { charsLeft: charsMax, charsMax, above: [], path: [] }
  look(page, resolved(page, value, ''))
  const text = asciiOf(written(page, value))
  if (text.length > charsMax) throw tooLarge(page)
  return text
}

/** Where in the value the reader stands, and how much room is left for what comes. */
interface Page {
  /** Less at least one for each character that was seen: enough to refuse what is far too large before it is written. */
  charsLeft: number
  readonly charsMax: number
  /** The arrays and objects around the current place; one that turns up again inside itself is a cycle. */
  readonly above: object[]
  readonly path: (string | number)[]
}

/** What JSON carries faithfully the language may write: it does so many times faster than anything made of parts. */
function written(page: Page, value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    // Its words may quote the value.
  }
  if (text === undefined) throw refused(page, 'an object that differs each time it is read')
  return text
}

/** Finds whatever JSON would leave out or bend, with its place. */
function look(page: Page, value: unknown): void {
  if (typeof value === 'string') take(page, value.length)
  else if (typeof value === 'object' && value !== null) lookInside(page, value)
  else if (value !== null && typeof value !== 'number' && typeof value !== 'boolean')
    throw refused(page, value === undefined ? 'undefined' : `a ${typeof value}`)
}

function lookInside(page: Page, value: object): void {
  if (page.above.includes(value)) throw refused(page, 'a cycle')
  if (page.above.length >= nestingMax) throw refused(page, `nested more than ${nestingMax} deep`)
  page.above.push(value)
  if (Array.isArray(value)) lookAtItems(page, value)
  else if (isPlain(value)) lookAtFields(page, value)
  else throw refused(page, kindOf(value))
  page.above.pop()
}

function lookAtItems(page: Page, items: readonly unknown[]): void {
  // An index loop, because a hole in the array must be met (and refused) too.
  for (let index = 0; index < items.length; index += 1) {
    take(page, 2)
    page.path.push(index)
    look(page, resolved(page, read(page, items, index), index))
    page.path.pop()
  }
}

function lookAtFields(page: Page, fields: object): void {
  for (const key of Object.keys(fields)) {
    page.path.push(key)
    const value = resolved(page, read(page, fields, key), key)
    if (value !== undefined) {
      take(page, key.length)
      look(page, value)
    }
    page.path.pop()
  }
}

function take(page: Page, chars: number): void {
  page.charsLeft -= chars
  if (page.charsLeft < 0) throw tooLarge(page)
}

/** The value itself, or what its `toJSON` says it is. */
function resolved(page: Page, value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null) return value
  const toJson = read(page, value, 'toJSON')
  if (typeof toJson !== 'function') return value
  try {
    return toJson.call(value, String(key)) as unknown
  } catch {
    // What it threw may quote the value, so it is not passed on.
    throw refused(page, 'an object whose toJSON throws')
  }
}

function read(page: Page, from: object, key: string | number): unknown {
  try {
    return (from as Readonly<Record<string | number, unknown>>)[key]
  } catch {
    throw refused(page, 'a property that throws when it is read')
  }
}

/** Everything outside printable ASCII escaped. Most texts have nothing of it: as many bytes as characters, no DEL, and JSON escapes what is below a blank. */
function asciiOf(text: string): string {
  const isAscii = Buffer.byteLength(text) === text.length && !text.includes('\x7f')
  return isAscii ? text : text.replace(/[^\x20-\x7e]/g, escaped)
}

/** One UTF-16 unit; a character above U+FFFF arrives as two and becomes a surrogate pair. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Also true for plain objects of another realm, whose `Object.prototype` is not ours. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function kindOf(value: object): string {
  if (value instanceof Map) return 'a Map'
  if (value instanceof Set) return 'a Set'
  return 'an instance of a class without toJSON'
}

function refused(page: Page, what: string): HookwardError {
  const place = page.path.length === 0 ? 'the value itself' : writtenPath(page.path)
  return new HookwardError('EVENT_NOT_JSON', `${place} is ${what}`)
}

function tooLarge(page: Page): HookwardError {
  return new HookwardError('EVENT_TOO_LARGE', `the JSON text is longer than ${page.charsMax} characters`)
}
