import { createHash } from 'node:crypto'
import { textOf } from '../domain/errors.ts'
import type { Letter, Notice } from '../domain/notice.ts'
import type { Mailer, MailOutcome, OutgoingMail } from '../ports.ts'

/** Waits between the tries of one letter, and of finding out whom to write to; after the last it has failed. */
export const letterRetriesMs: readonly number[] = [60_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 86_400_000]

const errorCharsMax = 500

/** What was thrown, short enough for a row. */
export function errorOf(thrown: unknown): string {
  return textOf(thrown).slice(0, errorCharsMax)
}

/** A mailer of the host's making may reject, and then the letter has failed as any other. */
export async function sendBy(mailer: Mailer, mail: OutgoingMail): Promise<MailOutcome> {
  try {
    return await mailer.send(mail)
  } catch (error) {
    return { kind: 'failed', error: errorOf(error), permanent: false }
  }
}

export function isSent({ status }: Letter): boolean {
  return status === 'sent'
}

export function isOpen({ status }: Notice): boolean {
  return status === 'pending' || status === 'expanded'
}

/** The id is made from the notice and the address, so that a letter sent again after a crash is known for the same. */
export function letterOf({ id: noticeId, integrationId }: Notice, email: string, domain: string, at: number): Letter {
  const digest = createHash('sha256').update(`${noticeId}\n${email}`).digest('hex').slice(0, 32)
  return { id: `${digest}@${domain}`, noticeId, integrationId, to: email, status: 'pending', tries: 0, dueAt: at }
}
