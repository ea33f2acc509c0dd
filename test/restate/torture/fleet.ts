import type { IntegrationInput } from '../../../src/index.ts'

/** Organisations, each with two sound receivers and a bad one. */
export const organizations = ['north', 'east', 'south', 'west']
export const soundOf = (organization: string): readonly string[] => [`${organization}-one`, `${organization}-two`]
export const badOf = (organization: string): string => `${organization}-bad`
export const bad = organizations.map(badOf)
export const sound = organizations.flatMap(soundOf)
export const ownersOf = (slug: string): readonly string[] => [`ada@${slug}.test`, `grace@${slug}.test`]

/** A fault put in on purpose, which the judge must report. */
export const plants = ['accepted-unasked', 'kept-nothing', 'mailed-anew', 'gate-unread'] as const
export type Plant = (typeof plants)[number]

/** What a worker's process is told. */
export interface Orders {
  readonly port: number
  readonly smtpUrl: string
  readonly plant: Plant | null
}

export function inputOf(slug: string, organization: string, receiverUrl: string): IntegrationInput {
  return {
    slug,
    organization,
    name: slug,
    url: `${receiverUrl}/${slug}`,
    secret: 'a-secret-of-the-torture',
    topics: ['load'],
    owners: ownersOf(slug).map((email) => ({ email })),
  }
}
