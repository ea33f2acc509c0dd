import type { Random } from '../ports.ts'

/*
 * Each is one piece of text, as `join` makes it. A text that was put together by `+` or by a template stays in pieces
 * inside V8, and a map whose keys are such asks for each with a call that costs a hundred times as much.
 */

/** A new id: what it is of, and 32 hex digits. */
export function newId(kind: 'evt' | 'dlv', random: Random): string {
  return [kind, '_', hexOf(random)].join('')
}

/** 32 hex digits. */
export function hexOf(random: Random): string {
  return random.hex?.() ?? random.uuid().split('-').join('')
}

/** A new UUID. */
export function newUuid(random: Random): string {
  return random.uuid().split('-').join('-')
}
