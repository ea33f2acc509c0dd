import type { Random } from '../ports.ts'

/** A new id: what it is of, and 32 hex digits. */
export function newId(kind: 'evt' | 'dlv', random: Random): string {
  return `${kind}_${hexOf(random)}`
}

/** 32 hex digits: a UUID without its dashes. */
export function hexOf(random: Random): string {
  return random.uuid().split('-').join('')
}
