import type { IntegrationInput } from '../../src/index.ts'
import type { Letter, Notice, NoticeStep } from '../../src/domain/notice.ts'
import type { Moment } from './moments.ts'
import type { PolicyName } from './policies.ts'
import type { Breach } from './watch.ts'

/** What the engine and its judge agree on: organisations, each with three sound receivers and a bad one. */
export const organizations = Array.from({ length: 6 }, (_, n) => `org${n}`)
export const soundOf = (organization: string): readonly string[] => [0, 1, 2].map((n) => `${organization}-good${n}`)
export const badOf = (organization: string): string => `${organization}-bad`
export const bad = organizations.map(badOf)
/** What a bad receiver does until it is mended: it is gone (404), it comes and goes (503), or it asks to be left alone (410). */
export const mannerOf = (slug: string): 'gone' | 'shaky' | 'asking' =>
  (['gone', 'shaky', 'asking'] as const)[bad.indexOf(slug) % 3] ?? 'gone'
export const paddingOf = (n: number): number => n % 700
export const ownersOf = (slug: string): readonly string[] => [`ada@${slug}.test`, `grace@${slug}.test`]

/** What the engine's process is told. */
export interface Orders {
  readonly dir: string
  readonly receiverUrl: string
  readonly smtpUrl: string
  readonly policy: PolicyName
  /** `load`: emits until it is killed. `drain`: all receivers are sound; sends all there is, tells what it knows, stops. */
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

/** A notice as the store has it in the end. */
export interface Known {
  readonly incident: string
  readonly step: NoticeStep
  readonly status: Notice['status']
  readonly letters: readonly Pick<Letter, 'id' | 'to' | 'status'>[]
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
  | { readonly t: 'known'; readonly slug: string; readonly disablements: number; readonly notices: readonly Known[] }
  /** These letters are written down as sent. */
  | { readonly t: 'sent'; readonly ids: readonly string[] }
  | { readonly t: 'dying'; readonly moment: Moment }
  | { readonly t: 'failed'; readonly error: string }
  | { readonly t: 'breach'; readonly breach: Breach; readonly fact: string }
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
