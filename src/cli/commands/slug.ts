import type { Argument } from '../command.ts'

/** The argument of every command about one integration. */
export const slug: Argument = { name: 'SLUG', about: 'the slug of an integration, as ls lists it' }
