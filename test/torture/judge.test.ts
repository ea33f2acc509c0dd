import { describe, expect, it } from 'vitest'
import type { ReceivedRequest } from '../support/receiver.ts'
import type { ReceivedMail } from '../support/smtp.ts'
import { bad, badOf, organizations, ownersOf, paddingOf, soundOf, type Known, type Word } from './fleet.ts'
import { Judge, type Verdict } from './judge.ts'

/** What a run without a fault looks like to the judge, until one is put in. */
class Story {
  readonly #judge = new Judge()
  readonly #mails: ReceivedMail[] = []

  life(...words: readonly Word[]): this {
    this.#judge.begin()
    return this.hear({ t: 'up', restartMs: 1, disabled: [], damage: [] }, ...words)
  }

  hear(...words: readonly Word[]): this {
    for (const word of words) this.#judge.hear(word)
    return this
  }

  sent(n: number, slug: string, { status = 200, key = `key-${n}`, padding = 'x'.repeat(paddingOf(n)) } = {}): this {
    const body = Buffer.from(JSON.stringify({ data: { n, padding } }))
    const request = { path: `/${slug}`, body, headers: { 'idempotency-key': key } }
    this.#judge.request(request as unknown as ReceivedRequest, status)
    return this
  }

  /** An event that is answered, and arrives everywhere. */
  event(n: number): this {
    this.hear({ t: 'ack', n, deliveries: 4 })
    const organization = organizations[n % organizations.length] ?? ''
    for (const slug of [...soundOf(organization), badOf(organization)]) this.sent(n, slug)
    return this
  }

  mailed(...ids: readonly string[]): this {
    this.#mails.push(...ids.map((messageId) => ({ messageId }) as ReceivedMail))
    this.#judge.mails(this.#mails)
    return this
  }

  end(...words: readonly Word[]): Verdict {
    this.hear(...words, { t: 'done' })
    return this.#judge.verdict()
  }
}

const slug = bad[0] ?? ''
const off: Word = { t: 'disabled', slug }
const on: Word = { t: 'enabling', slug }
const [good = ''] = soundOf('org1')
const notice: Known = {
  ...{ incident: 'i', step: 'disabled', status: 'done' },
  letters: ownersOf(slug).map((to) => ({ id: to, to, status: 'sent' })),
}
const known = (notices: readonly Known[], disablements = notices.length): Word => ({
  ...{ t: 'known', slug, disablements, notices },
})

it('finds nothing in a run that kept every promise, kills, repeats and letters included', () => {
  const verdict = new Story()
    .life(off, on)
    .event(1)
    .sent(7, good, { status: 503 })
    .event(7)
    .mailed(...ownersOf(slug))
    .life()
    .sent(1, good)
    .mailed(ownersOf(slug)[0] ?? '')
    .end(known([notice]))
  expect(verdict).toMatchObject({
    ...{ accepted: 2, delivered: 8, lost: 0, redelivered: 1, retried: 1, faults: [] },
    ...{ disablements: 1, told: { disabled: 1 }, letters: 2, lettersRepeated: 1 },
  })
})

describe('a run in which', () => {
  it.each<[string, (story: Story) => Verdict, string]>([
    [
      'an event was answered and came nowhere',
      (story) => story.hear({ t: 'ack', n: 1, deliveries: 4 }).end(),
      'event 1',
    ],
    [
      'the last answer was a refusal',
      (story) => story.event(1).sent(1, badOf('org1'), { status: 503 }).end(),
      'event 1',
    ],
    ['an event was answered twice', (story) => story.event(1).hear({ t: 'ack', n: 1, deliveries: 4 }).end(), 'twice'],
    ['the id changed', (story) => story.event(1).life().sent(1, good, { key: 'other' }).end(), 'another id or body'],
    ['the body changed', (story) => story.event(1).life().sent(1, good, { padding: '' }).end(), 'another body'],
    ['what had arrived came again without a kill', (story) => story.event(1).sent(1, good).end(), 'nobody was killed'],
    ['a disablement was forgotten', (story) => story.hear(off).life().end(), 'is not after a restart'],
    ['one that was off was disabled', (story) => story.hear(off, off).end(), 'twice'],
    ['disablements were counted double', (story) => story.hear(off).end(known([notice, notice])), 'as often before'],
    ['a disablement was told nobody', (story) => story.hear(off).end(known([], 1)), '1 times, and has 0 notices'],
    ['a step was noticed twice', (story) => story.hear(off, on).end(known([notice, notice])), 'two notices of one'],
    [
      'one owner was forgotten',
      (story) => story.end(known([{ ...notice, letters: notice.letters.slice(1) }])),
      'was told to grace',
    ],
    [
      'an owner got two letters of one step',
      (story) => story.end(known([{ ...notice, status: 'expanded', letters: [...notice.letters, ...notice.letters] }])),
      'was told to ada',
    ],
    ['a letter never came', (story) => story.end(known([notice])), 'a letter never came'],
    ['a letter came that nobody wrote', (story) => story.mailed('x').end(), 'does not know'],
    ['a letter came twice without a kill', (story) => story.mailed('x', 'x').end(), 'came twice'],
    [
      'a letter came again that was written down as sent',
      (story) =>
        story
          .mailed('x')
          .hear({ t: 'sent', ids: ['x'] })
          .life()
          .mailed('x')
          .end(),
      'written down as sent',
    ],
    ['the store failed', (story) => story.hear({ t: 'failed', error: 'no space' }).end(), 'no space'],
    ['an attempt broke a rule', (story) => story.hear({ t: 'breach', breach: 'probes', fact: 'two' }).end(), 'two'],
  ])('%s is found out', (_, tell, fault) => {
    expect(tell(new Story().life()).faults.join()).toContain(fault)
  })

  it('the last engine never came to rest is found out', () => {
    expect(new Judge().verdict().faults).toEqual(['the last engine did not come to rest'])
  })
})
