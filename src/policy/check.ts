import { HookwardError, type ErrorCode } from '../domain/errors.ts'
import type { JsonObject } from '../domain/json.ts'

/** Where a value from outside stands: the code its refusal carries, and the name of its field. */
export interface Field {
  readonly code: ErrorCode
  readonly name: string
}

/** Refuses the value of a field. The fact says what was expected and never quotes the value. */
export function refuse(at: Field, fact: string): never {
  throw new HookwardError(at.code, `${at.name} ${fact}`)
}

/** An object, not an array and not null; its fields are not looked at. */
export function checkObject(value: unknown, at: Field): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(at, 'must be an object')
  return value as Readonly<Record<string, unknown>>
}

/** A copy of an object whose field names are all known: a typo is refused by name instead of being ignored. */
export function checkFields<K extends string>(
  value: unknown,
  at: Field,
  known: readonly K[],
): Readonly<Partial<Record<K, unknown>>> {
  const given = checkObject(value, at)
  const stray = Object.keys(given).find((name) => !(known as readonly string[]).includes(name))
  if (stray !== undefined) refuse(at, `has no field ${JSON.stringify(stray.slice(0, 80))} (known: ${known.join(', ')})`)
  return { ...given } as Readonly<Partial<Record<K, unknown>>>
}

/** An object meant to become JSON. Whether JSON can carry all of it shows when the body is made. */
export function checkJsonObject(value: unknown, at: Field): JsonObject {
  return checkObject(value, at) as JsonObject
}

/** A text of 1 to `charsMax` characters, without control characters. */
export function checkText(value: unknown, at: Field, charsMax: number): string {
  if (typeof value !== 'string') return refuse(at, 'must be a text')
  if (value.length === 0) return refuse(at, 'must not be empty')
  if (value.length > charsMax) return refuse(at, `must not be longer than ${charsMax} characters`)
  if (/[\p{Cc}\p{Cs}]/u.test(value)) return refuse(at, 'must not hold control characters')
  return value
}

/** A whole number that a double holds exactly. */
export function checkWhole(value: unknown, at: Field): number {
  return Number.isSafeInteger(value) ? (value as number) : refuse(at, 'must be a whole number')
}

/** An array of at most `lengthMax` entries. */
export function checkList(value: unknown, at: Field, lengthMax: number): readonly unknown[] {
  if (!Array.isArray(value)) return refuse(at, 'must be an array')
  if (value.length > lengthMax) return refuse(at, `must not have more than ${lengthMax} entries`)
  // A copy made by iteration also fills holes with undefined, which the check of an entry then refuses.
  return [...(value as readonly unknown[])]
}

/** One of a closed list of words. */
export function checkWord<W extends string>(value: unknown, at: Field, words: readonly W[]): W {
  return words.find((word) => word === value) ?? refuse(at, `must be one of ${words.join(', ')}`)
}

/** The slug of an integration; throws `SLUG_INVALID`. */
export function checkSlug(value: unknown, name = 'slug'): string {
  const at = { code: 'SLUG_INVALID', name } as const
  if (typeof value !== 'string' || !/^[a-z0-9][a-z0-9-]{0,63}$/.test(value)) return refuse(at, 'is not a slug')
  return value
}

/** The name of an organisation, 1 to 128 characters; throws `ORGANIZATION_INVALID`. */
export function checkOrganization(value: unknown): string {
  return checkText(value, { code: 'ORGANIZATION_INVALID', name: 'organization' }, 128)
}

/** A UUID with hyphens, given back in lower case. */
export function checkUuid(value: unknown, at: Field): string {
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
  return typeof value === 'string' && uuid.test(value) ? value.toLowerCase() : refuse(at, 'must be a UUID with hyphens')
}
