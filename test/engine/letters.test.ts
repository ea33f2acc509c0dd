import { expect, it } from 'vitest'
import type { Mailer, OutgoingMail } from '../../src/index.ts'
import { sentry } from '../../src/policy/index.ts'
import { startSmtp } from '../support/smtp.ts'
import { aComment, startWorld, until } from '../support/world.ts'

/** The first 4xx disables. */
const policy = sentry({ windowDays: 1, retriesMs: [] })
const minuteMs = 60_000
const retriesMs = [1, 5, 30, 120, 360, 1_440].map((minutes) => minutes * minuteMs)

it('mails every owner once, however many deliveries fail afterwards', async () => {
  const { hookward, receiver, smtp, register } = await startWorld({ policy })
  await register()
  receiver.answer(404)
  await Promise.all(Array.from({ length: 20 }, () => hookward.notifyComment(aComment())))
  await hookward.idle()
  expect(smtp.mails.flatMap(({ to }) => to).sort()).toEqual(['ada@acme.example', 'grace@acme.example'])
  expect(new Set(smtp.mails.map(({ messageId }) => messageId)).size).toBe(2)
})

it('mails once a listener that was down at the disablement is back', async () => {
  const { hookward, receiver, smtp, clock, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(404)
  await smtp.close()
  await comment()
  expect(await hookward.explain('bot')).toMatchObject({ state: 'disabled' })
  const back = await startSmtp({ port: smtp.port })
  clock.advanceBy(minuteMs)
  await hookward.idle()
  await back.close()
  expect(back.mails.flatMap(({ to }) => to).sort()).toEqual(['ada@acme.example', 'grace@acme.example'])
  expect(await statuses(hookward)).toEqual(['done', 'sent', 'sent'])
})

it('delays no delivery while the mail server hangs', async () => {
  const { hookward, receiver, smtp, events, register } = await startWorld({ policy })
  await register()
  await register({ slug: 'other', url: `${receiver.url}/other` })
  receiver.answer(({ path }) => (path === '/hook' ? 404 : 200))
  smtp.hang()
  await hookward.notifyComment(aComment())
  await until(() => smtp.connections() > 0)
  await hookward.notifyComment(aComment())
  await until(() => events.filter(({ type }) => type === 'delivered').length === 2)
  expect(smtp.mails).toEqual([])
  expect(await statuses(hookward)).toEqual(['expanded', 'pending', 'pending'])
  smtp.accept()
  await hookward.idle()
  expect(smtp.mails).toHaveLength(2)
})

it('tries a letter after 1 m, 5 m, 30 m, 2 h, 6 h and 24 h, and then gives it up aloud', async () => {
  const { hookward, receiver, smtp, clock, events, register, comment } = await startWorld({ policy })
  await register({ owners: [{ email: 'ada@acme.example' }] })
  receiver.answer(404)
  smtp.refuse(451, 'try again later')
  await comment()
  for (const [tries, waitMs] of retriesMs.entries()) {
    expect(await letters(hookward)).toMatchObject([
      { status: 'pending', tries: tries + 1, dueAt: clock.now() + waitMs },
    ])
    clock.advanceBy(waitMs - 1)
    await hookward.idle()
    expect(await letters(hookward)).toMatchObject([{ tries: tries + 1 }])
    clock.advanceBy(1)
    await hookward.idle()
  }
  expect(await letters(hookward)).toMatchObject([{ status: 'failed', tries: 7 }])
  const told = events.filter(({ type }) => type === 'notice.failed')
  expect(told).toMatchObject([{ integration: 'bot', to: 'ada@acme.example' }])
  clock.advanceBy(30 * 24 * 60 * minuteMs)
  await hookward.idle()
  expect(await statuses(hookward)).toEqual(['done', 'failed'])
})

it('gives up at once what trying again cannot help, and mails the others', async () => {
  const { hookward, receiver, smtp, events, register, comment } = await startWorld({ policy })
  await register({ owners: [{ email: 'ada@acme.example' }] })
  receiver.answer(404)
  smtp.refuse(550, 'no such user')
  await comment()
  expect(await letters(hookward)).toMatchObject([{ status: 'failed', tries: 1 }])
  expect(events.map(({ type }) => type)).toContain('notice.failed')
})

it('repeats a letter under the same Message-ID', async () => {
  const { hookward, receiver, smtp, clock, register, comment } = await startWorld({ policy })
  await register({ owners: [{ email: 'ada@acme.example' }] })
  receiver.answer(404)
  smtp.hang('DATA')
  const emitted = comment()
  await until(() => smtp.connections() === 1)
  smtp.cut()
  smtp.accept()
  await emitted
  const [letter] = await letters(hookward)
  clock.advanceBy(minuteMs)
  await hookward.idle()
  expect(smtp.mails.at(-1)?.messageId).toBe(letter?.id)
  expect(letter?.id).toMatch(/^[0-9a-f]{32}@example\.com$/)
})

it('mails the owners as they are when the notice is expanded', async () => {
  const { hookward, receiver, smtp, events, register } = await startWorld({ policy })
  await register()
  receiver.answer('hang')
  await hookward.notifyComment(aComment())
  await receiver.received(1)
  await register({ owners: [{ email: 'new@acme.example' }] })
  receiver.release(404)
  await hookward.idle()
  expect(events.map(({ type }) => type)).toContain('disabled')
  expect(smtp.mails.flatMap(({ to }) => to)).toEqual(['new@acme.example'])
})

it.each([
  ['no owner', { owners: [] }, {}, 'the integration has no owner'],
  ['no mail', {}, { mail: undefined }, 'no mail is configured'],
])('says so when there is %s', async (_, input, options, error) => {
  const { hookward, receiver, events, register, comment } = await startWorld({ policy, ...options })
  await register(input)
  receiver.answer(404)
  await comment()
  expect(await statuses(hookward)).toEqual(['undeliverable'])
  expect(events.at(-1)).toMatchObject({ type: 'notice.failed', integration: 'bot', error })
})

it('mails nobody who was enabled again before the first letter left', async () => {
  const { hookward, receiver, smtp, clock, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(404)
  smtp.refuse(451, 'try again later')
  await comment()
  await hookward.integrations.enable('bot')
  smtp.accept()
  clock.advanceBy(minuteMs)
  await hookward.idle()
  expect(smtp.mails).toEqual([])
  expect(await statuses(hookward)).toEqual(['superseded', 'superseded', 'superseded'])
})

it('mails the second owner when only the first letter had left before it was enabled again', async () => {
  const isSecond = ({ to }: OutgoingMail) => to === 'grace@acme.example'
  let isDown = true
  const send = (mail: OutgoingMail) => Promise.resolve(isDown && isSecond(mail) ? failed : sent)
  const { hookward, receiver, clock, register, comment } = await startWorld({ policy, mailer: mailerOf(send) })
  await register()
  receiver.answer(404)
  await comment()
  expect(await statuses(hookward)).toEqual(['expanded', 'sent', 'pending'])
  await hookward.integrations.enable('bot')
  isDown = false
  clock.advanceBy(minuteMs)
  await hookward.idle()
  expect(await statuses(hookward)).toEqual(['done', 'sent', 'sent'])
})

it('tells of the pause of a disabled integration all the same', async () => {
  const { hookward, receiver, smtp, clock, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(404)
  smtp.refuse(451, 'try again later')
  await comment()
  await hookward.integrations.pause('bot')
  smtp.accept()
  clock.advanceBy(minuteMs)
  await hookward.idle()
  expect(smtp.mails).toHaveLength(2)
})

it('takes a mailer that rejects for one that failed, and tries again', async () => {
  let calls = 0
  const mailer = mailerOf(() => ((calls += 1) === 1 ? Promise.reject(new Error('a defect')) : Promise.resolve(sent)))
  const { hookward, receiver, clock, register, comment } = await startWorld({ policy, mailer })
  await register({ owners: [{ email: 'ada@acme.example' }] })
  receiver.answer(404)
  await comment()
  expect(await letters(hookward)).toMatchObject([{ status: 'pending', tries: 1, error: 'Error: a defect' }])
  clock.advanceBy(minuteMs)
  await hookward.idle()
  expect(await statuses(hookward)).toEqual(['done', 'sent'])
})

it('keeps letters for an engine that has mail', async () => {
  const { hookward, receiver, smtp, clock, again, register, comment } = await startWorld({ policy })
  await register()
  receiver.answer(404)
  smtp.refuse(451, 'try again later')
  await comment()
  await hookward.stop()
  clock.advanceBy(minuteMs)
  const without = await again({ mail: undefined })
  await without.idle({ timeoutMs: 5_000 })
  await without.stop()
  smtp.accept()
  const next = await again()
  await next.idle()
  expect(smtp.mails).toHaveLength(2)
})

it('spends no try on letters that its own stop cuts off', async () => {
  const { hookward, receiver, smtp, again, register } = await startWorld({ policy })
  await register({ owners: ['a', 'b', 'c', 'd'].map((name) => ({ email: `${name}@acme.example` })) })
  receiver.answer(404)
  smtp.hang('DATA')
  await hookward.notifyComment(aComment())
  await until(() => smtp.connections() === 2)
  const stopped = hookward.stop({ graceMs: 0 })
  smtp.accept()
  await stopped
  const before = smtp.mails.length
  const next = await again()
  await next.idle()
  const tries = (await letters(next)).map((letter) => letter.tries)
  expect(tries).toEqual([1, 1, 1, 1])
  expect(before).toBeLessThanOrEqual(2)
  expect(new Set(smtp.mails.map(({ messageId }) => messageId)).size).toBe(4)
})

type Engine = Awaited<ReturnType<typeof startWorld>>['hookward']

const sent = { kind: 'sent' } as const
const failed = { kind: 'failed', error: 'try again later', permanent: false } as const

function mailerOf(send: Mailer['send']): Mailer {
  return { send, close: () => Promise.resolve() }
}

async function letters(hookward: Engine) {
  return (await hookward.notices('bot')).flatMap((told) => told.letters)
}

/** Of the notice, and then of its letters. */
async function statuses(hookward: Engine): Promise<readonly string[]> {
  return (await hookward.notices('bot')).flatMap((told) => [told.notice.status, ...told.letters.map((l) => l.status)])
}
