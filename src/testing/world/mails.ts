import type { NoticeKind, NoticeStep } from '../../domain/notice.ts'

/** One mail as an owner got it. */
export interface WorldMail {
  /** Milliseconds since 1970, by the world's clock. */
  readonly at: number
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The same when it is sent again. */
  readonly messageId: string
  /** What it tells, of which step of an incident, and about which integration. */
  readonly kind: NoticeKind
  readonly step: NoticeStep
  readonly integration: string
}

/** Some mails, in the order in which they came; expectations throw an `Error` that lists what came instead. */
export interface Mails {
  readonly all: readonly WorldMail[]
  readonly count: number
  /** The newest; none: `undefined`. */
  readonly last: WorldMail | undefined
  /** Those of them to this address. */
  to(address: string): Mails
  /** Those of them that tell this. */
  kind(kind: NoticeKind): Mails
  /** Those of them about this integration. */
  about(integration: string): Mails
  /** Those of them whose subject holds this. */
  subject(words: string | RegExp): Mails
  /** Throws unless there are so many. @param count @default at least one */
  expect(count?: number): Mails
  /** Throws unless mails of these kinds are among them, each behind the one before it. */
  expectInOrder(...kinds: readonly NoticeKind[]): Mails
}

/** Which mails are meant, in words: for what an expectation says. */
export function mailsOf(read: () => readonly WorldMail[], which = 'mails'): Mails {
  const those = (isOne: (mail: WorldMail) => boolean, words: string) =>
    mailsOf(() => read().filter(isOne), `${which} ${words}`)
  const own: Mails = {
    get all() {
      return read()
    },
    get count() {
      return read().length
    },
    get last() {
      return read().at(-1)
    },
    to: (address) => those(({ to }) => to === address, `to ${address}`),
    kind: (kind) => those((mail) => mail.kind === kind, `of kind ${kind}`),
    about: (integration) => those((mail) => mail.integration === integration, `about ${integration}`),
    subject: (words) => {
      const isIn = (text: string) => (typeof words === 'string' ? text.includes(words) : words.test(text))
      return those(({ subject }) => isIn(subject), `with the subject ${String(words)}`)
    },
    expect: (count) => {
      const found = read()
      const isMet = count === undefined ? found.length > 0 : found.length === count
      if (!isMet) throw unmet(`${count ?? 'some'} ${which}`, found)
      return own
    },
    expectInOrder: (...kinds) => {
      let from = 0
      for (const kind of kinds) {
        const place = read().findIndex((mail, n) => n >= from && mail.kind === kind)
        if (place < 0) throw unmet(`${which} in the order ${kinds.join(', ')}`, read())
        from = place + 1
      }
      return own
    },
  }
  return own
}

function unmet(wanted: string, found: readonly WorldMail[]): Error {
  const list = found.map(({ at, kind, to, integration }) => `\n  ${new Date(at).toISOString()} ${kind} about ${integration} to ${to}`) // prettier-ignore
  return new Error(
    `expected ${wanted}, and there ${found.length === 1 ? 'is' : 'are'} ${found.length}:${list.join('')}`,
  )
}
