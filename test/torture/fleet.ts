import type { IntegrationInput } from '../../src/index.ts'
import type { Moment } from './moments.ts'

/** What the engine and its judge agree on: organisations, each with three sound receivers and a bad one. */
export const organizations = Array.from({ length: 6 }, (_, n) => `org${n}`)
export const soundOf = (organization: string): readonly string[] => [0, 1, 2].map((n) => `${organization}-good${n}`)
export const badOf = (organization: string): string => `${organization}-bad`
export const bad = organizations.map(badOf)
export const paddingOf = (n: number): number => n % 700
export const ownersOf = (slug: string): readonly string[] => [`ada@${slug}.test`, `grace@${slug}.test`]

/** What the engine's process is told. */
export interface Orders {
  readonly dir: string
  readonly receiverUrl: string
  readonly smtpUrl: string
  /** `load`: emits until it is killed. `drain`: lets everything end, tells what the store knows, and stops. */
  readonly mode: 'load' | 'drain'
  /** The first number of this run's events. */
  readonly from: number
  /** A bad one that stays off in this run, so that each kill finds one. */
  readonly left: string
  readonly plant: Plant | null
  /** Where it kills itself; nowhere: it is killed from outside. */
  readonly fuse?: { readonly moment: Moment; readonly nth: number }
}

/** A fault put in on purpose, which the judge must report. */
export const plants = ['ack-before-flush', 'commit-without-record', 'mail-before-commit', 'resend-new-id'] as const
export type Plant = (typeof plants)[number]

/** A letter as the store has it in the end. */
export interface Known {
  readonly id: string
  readonly status: string
}

/** What the engine's process says, a line each. */
export type Word =
  | {
      readonly t: 'up'
      readonly restartMs: number
      readonly disabled: readonly string[]
      readonly damage: readonly string[]
    }
  | { readonly t: 'ack'; readonly n: number; readonly deliveries: number }
  | { readonly t: 'enabling' | 'disabled'; readonly slug: string }
  | { readonly t: 'known'; readonly slug: string; readonly disablements: number; readonly letters: readonly Known[] }
  | { readonly t: 'dying'; readonly moment: Moment }
  | { readonly t: 'failed'; readonly error: string }
  | { readonly t: 'unanswered' }
  | { readonly t: 'done' }

export function input(slug: string, organization: string, receiverUrl: string): IntegrationInput {
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
