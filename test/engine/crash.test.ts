import { expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { aboutHealth, aComment, startWorld } from '../support/world.ts'
import { recordIn, tapped, writesLetters, type Write } from './tap.ts'

/** The first 4xx disables. */
const policy = sentry({ windowDays: 1, retriesMs: [] })
const owners = ['ada@acme.example', 'grace@acme.example']

/** The first write that the crash swallows, and how many mails have left by then. */
const moments: readonly [string, (write: Write) => boolean, number][] = [
  ['before the verdict', recordIn('broken.condemned'), 0],
  ['between the verdict and disabled', recordIn('disabled'), 0],
  ['between disabled and the letters', writesLetters, 0],
  ['after the first letter was sent, before that was written', (write) => writesLetters(write) && isSent(write), 2],
]

it.each(moments)('mails each owner exactly once after a crash %s', async (_, isIt, repeated) => {
  const { hookward, store, receiver, smtp, again, register } = await world()
  await register()
  receiver.answer(404)
  const swallowed = store.holdFrom(isIt)
  await hookward.notifyComment(aComment())
  await swallowed
  if (repeated > 0) await smtp.waitFor(repeated)
  const next = await again({ store: await store.crash() })
  await next.idle()
  expect(await next.explain('bot')).toMatchObject({ state: 'disabled' })
  expect(Object.fromEntries(idsByOwner(smtp.mails))).toMatchObject({ [owners[0] ?? '']: 1, [owners[1] ?? '']: 1 })
  expect(smtp.mails).toHaveLength(2 + repeated)
  const [told, ...more] = await next.notices('bot')
  expect([told?.notice.status, ...(told?.letters ?? []).map(({ status }) => status)]).toEqual(['done', 'sent', 'sent'])
  expect(more).toEqual([])
})

it('mails only who is still to be told after a crash between two letters', async () => {
  const { hookward, store, receiver, smtp, again, register } = await world()
  await register()
  receiver.answer(404)
  let sent = 0
  const second = store.holdFrom((write) => writesLetters(write) && isSent(write) && (sent += 1) === 2)
  await hookward.notifyComment(aComment())
  await second
  const next = await again({ store: await store.crash() })
  await next.idle()
  expect([...idsByOwner(smtp.mails).values()]).toEqual([1, 1])
  expect(smtp.mails).toHaveLength(3)
})

it('disables once and keeps one entry of it in the books, wherever the crash falls', async () => {
  for (const [, isIt] of moments) {
    const { hookward, store, receiver, again, register } = await world()
    await register()
    receiver.answer(404)
    const swallowed = store.holdFrom(isIt)
    await hookward.notifyComment(aComment())
    await swallowed
    const next = await again({ store: await store.crash() })
    await next.idle()
    expect(aboutHealth(await next.audit('bot')).map(({ action }) => action)).toEqual(['integration.disabled'])
    expect((await next.transitions('bot')).map(({ to }) => to)).toEqual([
      'disabled',
      'broken.condemned',
      'broken.holding',
      'degraded',
    ])
  }
})

it('sends a delivery again, the same and under the same key, when its outcome was swallowed', async () => {
  const { hookward, store, receiver, again, register } = await world()
  await register()
  const swallowed = store.holdFrom(({ kind }) => kind === 'commit')
  await hookward.notifyComment(aComment())
  await swallowed
  const next = await again({ store: await store.crash() })
  await next.idle()
  const [first, repeated] = receiver.requests
  expect(repeated?.body).toEqual(first?.body)
  expect(repeated?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
  expect(repeated?.headers['request-id']).not.toBe(first?.headers['request-id'])
  expect(await next.log('bot')).toMatchObject([{ attempt: 1, became: 'delivered' }])
})

it('holds what was accepted behind a closed gate, though the crash swallowed that', async () => {
  const { hookward, store, receiver, again, register } = await world()
  await register()
  await hookward.integrations.pause('bot')
  const swallowed = store.holdFrom(({ kind }) => kind === 'commit')
  await hookward.notifyComment(aComment())
  await swallowed
  const next = await again({ store: await store.crash() })
  await next.idle()
  expect(await next.explain('bot')).toMatchObject({ state: 'paused', held: { paused: 1 } })
  await next.integrations.resume('bot')
  await next.idle()
  expect(receiver.requests).toHaveLength(1)
})

it('skips what was accepted for an installation that is gone, though the crash swallowed that', async () => {
  const { hookward, store, receiver, again, register } = await world()
  await register()
  await hookward.integrations.pause('bot')
  await hookward.notifyComment(aComment())
  await hookward.idle()
  const copy = await store.crash()
  await copy.open()
  await copy.configure({ kind: 'uninstalled', uuid: hookward.installations.list()[0]?.uuid ?? '' })
  await copy.close()
  const next = await again({ store: copy })
  await next.idle()
  expect(await next.log('bot')).toMatchObject([{ became: 'skipped', outcome: { code: 'UNINSTALLED' } }])
  expect(receiver.requests).toEqual([])
})

function isSent(write: Write): boolean {
  return write.kind === 'commit' && write.change.letters?.some(({ status }) => status === 'sent') === true
}

/** How many Message-IDs each owner got. */
function idsByOwner(mails: readonly { readonly to: readonly string[]; readonly messageId: string }[]) {
  const ids = (owner: string) => mails.filter(({ to }) => to.includes(owner)).map(({ messageId }) => messageId)
  return new Map(owners.map((owner) => [owner, new Set(ids(owner)).size]))
}

async function world() {
  const store = tapped()
  return { store, ...(await startWorld({ policy, store })) }
}
