import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noticeLetter, type LetterLinks } from '../../src/adapters/nodemailer/letters.ts'
import { nodemailerMailer } from '../../src/adapters/nodemailer/mailer.ts'
import type { Evidence, Explanation } from '../../src/domain/health.ts'
import type { IntegrationView } from '../../src/domain/integration.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { Letter, Notice } from '../../src/domain/notice.ts'
import type { OutgoingMail } from '../../src/ports.ts'
import { startSmtp } from '../support/smtp.ts'

const at = Date.UTC(2024, 5, 7, 12)
const firstAt = Date.UTC(2024, 5, 1, 8, 30)
const links: LetterLinks = { baseUrl: 'https://app.example.com', supportUrl: 'https://help.example.com/webhooks' }

describe('the letter of a disabled integration', () => {
  it('goes to its owner under the Message-ID of the letter', () => {
    expect(written()).toMatchObject({ to: 'owner@acme.test', messageId: 'letter-1@hookward.test' })
  })

  it('asks for action in the subject, with the name exactly as given', () => {
    expect(written().subject).toBe('Action required: Fix your myAPI v2 integration')
  })

  it.each([
    ['that many requests failed', 'Many requests to the webhook URL https://acme.dev/hook of myAPI v2'],
    ['whose integration it is', 'a custom integration of the organisation acme'],
    ['that no events follow', 'no longer receives events'],
    ['the verdict in a sentence', 'acme-bot is disabled since 2024-06-07T12:00:00.000Z'],
    ['the rule and its summary', 'failing-days: each of the last 7 days had errors and no success'],
    ['when the first failure was', '2024-06-01T08:30:00.000Z'],
    ['what the first failure was', 'rejected (HTTP status 404, HTTP_404), for issue.created'],
    ['since when it is off', 'Switched off since: 2024-06-07T12:00:00.000Z'],
    ['how much is held', '12 deliveries are held. They are sent after the integration is re-enabled'],
    ['what to do', 'Please fix the receiver, then re-enable the integration in its settings'],
    [
      'where to re-enable it',
      'https://app.example.com/settings/acme/developer-settings/acme-bot/?referrer=disabled-sentry-app',
    ],
    [
      'where its requests are',
      'https://app.example.com/settings/acme/developer-settings/acme-bot/dashboard/?referrer=disabled-sentry-app',
    ],
    ['where help is', 'https://help.example.com/webhooks'],
    ['why it was sent', 'because you are listed as an owner of myAPI v2'],
  ])('tells in both parts %s', (_what, words) => {
    const { text, html } = written()
    expect(text).toContain(words)
    expect(plain(html)).toContain(words)
  })

  it('keeps the order: what happened, why, first failure, what is held, what to do, help, why this mail', () => {
    const marks = [
      'Many requests',
      'The rule was',
      'First failure',
      'are held',
      'Please fix',
      'Get help',
      'listed as an',
    ]
    const { text, html } = written()
    for (const part of [text, plain(html)]) {
      const places = marks.map((mark) => part.indexOf(mark))
      expect(places).toEqual([...places].sort((a, b) => a - b))
      expect(places).not.toContain(-1)
    }
  })

  it('prints the numbers of each day as a table', () => {
    const { text, html } = written()
    expect(text).toMatch(/day +success +error +timeout +label\n/)
    expect(text).toMatch(/2024-06-01 +0 +3 +0 +error\n/)
    expect(text).toMatch(/timeouts per day +1000\n/)
    expect(cells(html)).toEqual(expect.arrayContaining(['2024-06-01', '3', 'error', 'timeouts per day', '1000']))
  })

  it('has one button, and it leads to the settings', () => {
    const buttons = [...written().html.matchAll(/<a href="([^"]*)" style=/g)].map(([, href]) => href)
    expect(buttons).toEqual([
      'https://app.example.com/settings/acme/developer-settings/acme-bot/?referrer=disabled-sentry-app',
    ])
  })

  it('shows the webhook URL without query, fragment and login, for they may carry tokens', () => {
    const { text, html } = written({ integration: { url: 'https://user:pw@acme.dev:8443/hook?token=s3cr3t#frag' } })
    expect(text).toContain('https://acme.dev:8443/hook of')
    for (const word of ['s3cr3t', 'token', 'frag', 'user:', 'pw@']) expect(text + html).not.toContain(word)
  })

  it.each(['https://app.example.com/', 'https://app.example.com///'])(
    'takes %s as a base without a stray slash',
    (baseUrl) => {
      const { text } = written({ links: { baseUrl } })
      expect(text).toContain(
        '\nhttps://app.example.com/settings/acme/developer-settings/acme-bot/?referrer=disabled-sentry-app\n',
      )
    },
  )

  it('percent-encodes the parts of its links', () => {
    const { text } = written({ integration: { organization: 'A/B & C?' } })
    expect(text).toContain('https://app.example.com/settings/A%2FB%20%26%20C%3F/developer-settings/acme-bot/?')
  })

  it('names the call that re-enables when there are no pages to link to', () => {
    const { text, html } = written({ links: {} })
    expect(text).toContain("An operator then re-enables it with integrations.enable('acme-bot')")
    expect(plain(html)).toContain("integrations.enable('acme-bot')")
    expect(html).not.toContain('<a ')
    expect(text).not.toContain('Get help')
  })

  it('does not turn an address into a link that a mail program must not open', () => {
    const { html } = written({ links: { baseUrl: 'javascript:alert(1)', supportUrl: 'data:text/html,hello' } })
    expect(html).not.toContain('<a ')
  })

  it.each([
    [{}, '0 deliveries are held'],
    [{ disabled: 1 }, '1 delivery is held. It is sent after'],
    [{ disabled: 2, broken: 3 }, '5 deliveries are held'],
  ])('counts what is held: %j', (held, words) => {
    expect(written({ explanation: { held } }).text).toContain(words)
  })

  it('says when no first failure was recorded', () => {
    expect(written({ explanation: { incident: null } }).text).toContain('First failure: none was recorded')
  })

  it('says when the first failure had no answer', () => {
    const cause = {
      at: firstAt,
      signal: 'delivery.failed',
      outcome: { kind: 'timeout', status: 0, code: 'DEADLINE' },
    } as const
    const { text } = written({ explanation: { incident: { id: 'inc_1', startedAt: firstAt, cause } } })
    expect(text).toContain('timeout (no HTTP status, DEADLINE)')
  })

  it('tells of a receiver that asked for no more events, and blames no requests', () => {
    const evidence: Evidence = { rule: 'receiver.disable', summary: 'the receiver itself asked for it', facts: {} }
    const { text } = written({ explanation: { evidence } })
    expect(text).toContain('asked for no more events')
    expect(text).not.toContain('Many requests')
  })
})

describe('the letter of an integration that a person switched off', () => {
  const byHand = (facts: JsonObject) =>
    written({ explanation: { evidence: { rule: 'admin.disable', summary: 'switched off', facts }, incident: null } })
  const mail = byHand({ by: 'ada@acme.dev', reason: 'it floods the queue' })

  it('says who and why in the subject and in both parts', () => {
    expect(mail.subject).toContain('ada@acme.dev switched off your myAPI v2 integration')
    for (const part of [mail.subject, mail.text, plain(mail.html)]) {
      expect(part).toContain('ada@acme.dev')
      expect(part).toContain('it floods the queue')
    }
  })

  it('neither blames requests nor asks for a fix', () => {
    expect(mail.text).not.toContain('Many requests')
    expect(mail.text).not.toContain('fix the receiver')
    expect(mail.subject).not.toContain('Fix')
  })

  it('copes with a call that left both out', () => {
    expect(byHand({}).subject).toContain('an operator switched off your myAPI v2 integration (no reason given)')
  })
})

describe('the facts of a letter', () => {
  it('are any JSON there is', () => {
    const facts = {
      nothing: null,
      yes: true,
      list: [1, 2],
      empty: [],
      blank: {},
      deep: { a: [{ b: 1 }] },
      mixed: [{ a: 1 }, 2],
    }
    const { text } = written({ explanation: { evidence: { rule: 'r', summary: 's', facts } } })
    expect(text).toMatch(/nothing +null\n/)
    expect(text).toMatch(/list +\[1,2\]\n/)
    expect(text).toMatch(/deep: a +\[\{"b":1\}\]\n/)
  })

  it('are told under both names when they lie within another, and moments as moments', () => {
    const facts = { enteredAt: at, sinceSuccess: { firstAt: at, attempts: 7, days: 0 }, beganAt: 0 }
    const { text } = written({ explanation: { evidence: { rule: 'r', summary: 's', facts } } })
    expect(text).toMatch(/entered at +2024-06-07T12:00:00.000Z\n/)
    expect(text).toMatch(/since success: first at +2024-06-07T12:00:00.000Z\n/)
    expect(text).toMatch(/since success: attempts +7\n/)
    expect(text).toMatch(/began at +0\n/)
  })

  it('are bounded in rows, columns and characters, and say what is left out', () => {
    const wide = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`column${i}`, i]))
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`fact${i}`, 'x'.repeat(10_000)]))
    const facts = { ...many, days: Array.from({ length: 1_000 }, () => wide) }
    const { text, html } = written({ explanation: { evidence: { rule: 'r', summary: 's', facts } } })
    expect(text).toContain('… and 80 more')
    expect(text).toContain('… and 969 more')
    expect(text.length + html.length).toBeLessThan(100_000)
  })
})

describe('whatever the names, reasons and facts are', () => {
  const nasty = fc.constantFrom(
    '<script>',
    '</p>',
    '"',
    "'",
    '&lt;',
    '<!--',
    ']]>',
    '\r\nBcc: x@y.z',
    '\u2028',
    '\u202e',
    '\ud800',
  )
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.oneof(nasty, fc.string()), { maxLength: 6 }).map((s) => s.join('')),
  )
  const anyFacts = fc.dictionary(
    anyText,
    fc.oneof(fc.jsonValue(), anyText, fc.array(fc.dictionary(anyText, anyText))),
  ) as fc.Arbitrary<JsonObject>
  const anyWords = fc.record({
    words: anyText,
    path: anyText,
    rule: fc.oneof(anyText, fc.constant('admin.disable')),
    facts: anyFacts,
    at: fc.double(),
  })

  it('no tag comes from them: the HTML has the tags of the same letter in harmless words', () => {
    fc.assert(
      fc.property(anyWords, (drawn) => {
        expect(tagsOf(from(drawn).html)).toEqual(tagsOf(from(harmless(drawn)).html))
      }),
    )
  })

  it('every angle bracket and quote outside our own tags is escaped', () => {
    fc.assert(
      fc.property(anyWords, (drawn) => {
        expect(from(drawn).html.replace(ourTag, '')).not.toMatch(/[<>"']/)
      }),
    )
  })

  it('the subject is one bounded line without control characters', () => {
    fc.assert(
      fc.property(anyWords, (drawn) => {
        expect(from(drawn).subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u)
        expect(from(drawn).subject.length).toBeLessThanOrEqual(250)
      }),
    )
  })

  it('the text part holds neither tags nor entities of ours', () => {
    fc.assert(
      fc.property(anyWords, (drawn) => {
        expect(from(harmless(drawn)).text).not.toMatch(/[<>]|&(amp|lt|gt|quot|#39);/)
      }),
    )
  })

  it('no text adds a line to the text part', () => {
    fc.assert(
      fc.property(anyText, (name) => {
        expect(written({ integration: { name } }).text.split('\n')).toHaveLength(written().text.split('\n').length)
      }),
    )
  })

  it('the letter arrives as it was written', async () => {
    const smtp = await startSmtp()
    const mailer = nodemailerMailer({ url: smtp.url, from: 'ops@example.com' })
    const mail = written({ integration: { name: '<b>Größe</b> & “Co”\r\nBcc: everyone@acme.test' } })
    expect(await mailer.send(mail)).toEqual({ kind: 'sent' })
    await mailer.close()
    await smtp.close()
    const [got] = smtp.mails
    expect(got).toMatchObject({ to: ['owner@acme.test'], messageId: mail.messageId, subject: mail.subject })
    expect(got?.text.trim()).toBe(mail.text.trim())
    expect(got?.html.trim()).toBe(mail.html.trim())
    expect(Object.keys(got?.headers ?? {})).not.toContain('bcc')
  })
})

interface Drawn {
  readonly words: string
  readonly path: string
  readonly rule: string
  readonly facts: JsonObject
  readonly at: number
}

function from({ words, path, rule, facts, at }: Drawn): OutgoingMail {
  const cause = { at, signal: 'admin.disable', by: words, reason: words, topic: words } as const
  const evidence = { rule, summary: words, facts: { by: words, reason: words, ...facts } }
  return written({
    integration: { name: words, organization: words, url: `https://acme.dev/${path}` },
    explanation: { sentence: words, since: at, evidence, incident: { id: 'inc_1', startedAt: at, cause } },
    links: { baseUrl: 'https://app.example.com', supportUrl: `https://help.example.com/${path}` },
  })
}

/** The same shape in words that mean nothing to HTML; each character has a twin of its own, so no two keys fall together. */
function harmless(drawn: Drawn): Drawn {
  const twins: Readonly<Record<string, string>> = { '<': '‹', '>': '›', '"': '“', "'": '’', '&': '＆' }
  const swap = (text: string) => text.replace(/[<>"'&]/g, (char) => twins[char] ?? '')
  const inside = (value: unknown): unknown => {
    if (typeof value === 'string') return swap(value)
    if (Array.isArray(value)) return value.map(inside)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [swap(key), inside(item)]))
  }
  return inside(drawn) as Drawn
}

const ourTag =
  /<!doctype html>|<\/?(?:html|head|meta|title|body|h2|p|table|tr|th|td|a)(?: (?:lang|charset|name|content|style|href)="[^"<>]*")*>/g

/** Every tag with its attributes' names, in order. */
function tagsOf(html: string): readonly string[] {
  return [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, '""'))
}

function cells(html: string): readonly string[] {
  return [...html.matchAll(/<t[dh][^>]*>([^<]*)</g)].map(([, text]) => plain(text ?? ''))
}

/** What a reader sees, with the targets of links. */
function plain(html: string): string {
  const shown = html.replace(/<a href="([^"]*)"[^>]*>/g, '$1 ').replace(/<[^>]*>/g, '')
  const chars: Readonly<Record<string, string>> = {
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#39;': "'",
    '&amp;': '&',
  }
  return shown.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => chars[entity] ?? '')
}

interface Parts {
  readonly integration?: Partial<IntegrationView>
  readonly explanation?: Partial<Explanation>
  readonly links?: LetterLinks
}

function written(parts: Parts = {}): OutgoingMail {
  const notice: Notice = { ...aNotice, explanation: { ...anExplanation, ...parts.explanation } }
  return noticeLetter(notice, { ...anIntegration, ...parts.integration }, aLetter, parts.links ?? links)
}

const anIntegration: IntegrationView = {
  id: 'acme-bot',
  uuid: '0b5e3d2a-1111-4222-8333-444455556666',
  name: 'myAPI v2',
  organization: 'acme',
  url: 'https://acme.dev/hook',
  status: 'internal',
  topics: ['issue'],
  owners: [{ email: 'owner@acme.test' }],
  headerNames: [],
  createdAt: firstAt,
  updatedAt: firstAt,
}

const anExplanation: Explanation = {
  integration: 'acme-bot',
  state: 'disabled',
  chartState: 'disabled',
  since: at,
  policy: { name: 'sentry', version: 1 },
  evidence: {
    rule: 'failing-days',
    summary: 'each of the last 7 days had errors and no success',
    facts: {
      windowDays: 7,
      timeoutsPerDay: 1_000,
      days: [
        { day: '2024-06-02', success: 0, error: 5, timeout: 1, label: 'error' },
        { day: '2024-06-01', success: 0, error: 3, timeout: 0, label: 'error' },
      ],
    },
  },
  incident: {
    id: 'inc_1',
    startedAt: firstAt,
    cause: {
      at: firstAt,
      signal: 'delivery.failed',
      outcome: { kind: 'rejected', status: 404, code: 'HTTP_404' },
      topic: 'issue.created',
    },
  },
  wouldChange: 'only enabling it by hand',
  whyNot: [],
  held: { disabled: 12 },
  dead: {},
  sentence: 'acme-bot is disabled since 2024-06-07T12:00:00.000Z: each of the last 7 days had errors and no success.',
}

const aNotice: Notice = {
  id: 'ntc_1',
  integrationId: 'acme-bot',
  incidentId: 'inc_1',
  kind: 'disabled',
  step: 'disabled',
  at,
  status: 'expanded',
  explanation: anExplanation,
}

const aLetter: Letter = {
  id: 'letter-1@hookward.test',
  noticeId: 'ntc_1',
  integrationId: 'acme-bot',
  to: 'owner@acme.test',
  status: 'pending',
  tries: 0,
  dueAt: at,
}
