import type { Channel, Mailer } from '../../ports.ts'

/** Mail as one channel among others: a message is the letter that it always was. */
export function mailChannel(mailer: Mailer): Channel {
  return {
    send: ({ id: messageId, to, subject, text, html }) => mailer.send({ messageId, to, subject, text, html }),
    close: () => mailer.close(),
  }
}
