import { createHash } from 'node:crypto'
import { withoutTokens } from '../adapters/nodemailer/letter-parts.ts'
import { noticeLetter, type LetterLinks } from '../adapters/nodemailer/letters.ts'
import { textOf } from '../domain/errors.ts'
import type { IntegrationView } from '../domain/integration.ts'
import type { Addressee, Letter, Notice, NoticeMessage } from '../domain/notice.ts'
import type { Channel, MailOutcome } from '../ports.ts'
import { mailName } from './channels.ts'
import type { Observers } from './observers.ts'

/** Waits between the tries of one letter, and of finding out whom to write to; after the last it has failed. */
export const letterRetriesMs: readonly number[] = [60_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 86_400_000]

const errorCharsMax = 500

/** What was thrown, short enough for a row. */
export function errorOf(thrown: unknown): string {
  return textOf(thrown).slice(0, errorCharsMax)
}

/** One of the host's making may reject or answer anything, and then the letter has failed as any other. */
export async function sendBy(channel: Channel, message: NoticeMessage): Promise<MailOutcome> {
  try {
    return outcomeOf(await channel.send(message))
  } catch (error) {
    return outcomeOf({ error })
  }
}

function outcomeOf(answer: unknown): MailOutcome {
  const { kind, error = 'neither sent nor failed was answered', permanent } = Object(answer) as Record<string, unknown>
  return kind === 'sent' ? { kind } : { kind: 'failed', error: errorOf(error), permanent: permanent === true }
}

export function isSent({ status }: Letter): boolean {
  return status === 'sent'
}

export function isFailed({ status }: Letter): boolean {
  return status === 'failed'
}

export function isOpen({ status }: Notice): boolean {
  return status === 'pending' || status === 'expanded'
}

/** The channel that a letter goes by. */
export function channelOf({ channel = mailName }: Letter): string {
  return channel
}

/** The id is made from the notice and the address, so that a letter sent again after a crash is known for the same. */
export function letterOf(
  { id: noticeId, integrationId }: Notice,
  { channel, to }: Addressee,
  domain: string,
  at: number,
): Letter {
  const [named, seed] = channel === mailName ? [{}, to] : [{ channel }, `${channel}\n${to}`]
  const digest = createHash('sha256').update(`${noticeId}\n${seed}`).digest('hex').slice(0, 32)
  return { id: `${digest}@${domain}`, noticeId, integrationId, ...named, to, status: 'pending', tries: 0, dueAt: at }
}

/** The row of a letter after a try: sent, due again, or given up. */
export function afterTry(letter: Letter, outcome: MailOutcome, at: number): Letter {
  const tried = { ...letter, tries: letter.tries + 1 }
  if (outcome.kind === 'sent') return { ...tried, status: 'sent', sentAt: at }
  const { error, permanent } = outcome
  const delayMs = permanent ? undefined : letterRetriesMs[letter.tries]
  return delayMs === undefined ? { ...tried, status: 'failed', error } : { ...tried, dueAt: at + delayMs, error }
}

/** What became of it in its last try. */
export function tellOf(observers: Observers, letter: Letter, at: number): void {
  const { integrationId: integration, noticeId, to, tries, dueAt, status, error = '' } = letter
  const told = { integration, at, noticeId, channel: channelOf(letter), to }
  if (status === 'sent') observers.tell('notice.sent', { ...told, tries })
  else if (status === 'failed') observers.tell('notice.failed', { ...told, error })
  else observers.tell('notice.delayed', { ...told, tries, dueAt, error })
}

/** What a channel is given of a letter. */
export function messageOf(notice: Notice, about: IntegrationView, letter: Letter, links: LetterLinks): NoticeMessage {
  const { messageId, ...said } = noticeLetter(notice, about, letter, links)
  const { id, name, organization, status, url } = about
  return { id: messageId, ...said, notice, integration: { id, name, organization, status, url: withoutTokens(url) } }
}
