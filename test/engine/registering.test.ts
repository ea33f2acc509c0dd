import { describe, expect, it } from 'vitest'
import { sentry } from '../../src/policy/index.ts'
import { aComment, anIntegration, secret, startWorld, turns } from '../support/world.ts'
import { tapped } from './tap.ts'

describe('put', () => {
  it('writes nothing when nothing has changed', async () => {
    const { hookward, store, clock, receiver, register } = await world()
    await register()
    const written = store.asked.length
    const before = hookward.integrations.get('bot')
    clock.advanceBy(1_000)
    expect(await hookward.integrations.put(anIntegration(receiver.url))).toEqual(before)
    await register()
    expect(store.asked).toHaveLength(written)
  })

  it('writes nothing when a new engine is told the same', async () => {
    const { hookward, store, again, register } = await world()
    await register()
    await hookward.stop()
    const written = store.asked.length
    const next = await again()
    await next.integrations.put(anIntegration(next.integrations.get('bot').url.replace('/hook', '')))
    await next.installations.install({ integration: 'bot', organization: 'acme' }, { announce: false })
    expect(store.asked).toHaveLength(written)
  })

  it('resolves the second of two equal calls no sooner than the first', async () => {
    const { hookward, store, receiver } = await world()
    const held = store.holdFrom(({ kind }) => kind === 'configure')
    const told: string[] = []
    const calls = ['first', 'second'].map((name) =>
      hookward.integrations.put(anIntegration(receiver.url)).then(() => told.push(name)),
    )
    await held
    await turns()
    expect(told).toEqual([])
    store.release()
    await Promise.all(calls)
    expect(told).toEqual(['first', 'second'])
  })

  it('changes what is given and keeps what is left out', async () => {
    const { hookward, receiver, clock, register } = await world()
    await register({ headers: { 'x-team': 'core' } })
    const { createdAt, uuid } = hookward.integrations.get('bot')
    clock.advanceBy(1_000)
    const { slug, organization, url } = anIntegration(receiver.url)
    await hookward.integrations.put({ slug, organization, url, secret, name: 'New Name' })
    expect(hookward.integrations.get('bot')).toMatchObject({
      ...{ name: 'New Name', uuid, createdAt, updatedAt: createdAt + 1_000 },
      ...{ topics: ['issue', 'comment'], headerNames: ['x-team'], owners: [{}, {}] },
    })
  })

  it('signs with the new secret, and sends to the new URL, from the next attempt on', async () => {
    const { hookward, receiver, register, comment } = await world()
    await register()
    await comment()
    await register({ secret: 'another-client-secret-02', url: `${receiver.url}/moved` })
    await comment()
    const [first, second] = receiver.requests
    expect(second?.path).toBe('/moved')
    expect(second?.headers['sentry-hook-signature']).not.toBe(first?.headers['sentry-hook-signature'])
    expect(hookward.integrations.list()).toHaveLength(1)
  })

  it('is seen by an event emitted in the same turn', async () => {
    const { hookward, receiver } = await world()
    void hookward.integrations.put(anIntegration(receiver.url))
    void hookward.installations.install({ integration: 'bot', organization: 'acme' }, { announce: false })
    expect(await hookward.notifyComment(aComment())).toMatchObject({ deliveries: 1 })
  })

  it.each<[string, object, string]>([
    ['a malformed URL', { url: 'not a url' }, 'URL_INVALID'],
    ['a URL with user info', { url: 'https://me:pass@hooks.example.com/' }, 'URL_USER_INFO'],
    ['a private address', { url: 'http://10.0.0.1/' }, 'URL_REFUSED'],
    ['another scheme', { url: 'ftp://hooks.example.com/' }, 'URL_INVALID'],
    ['no secret', { secret: undefined }, 'SECRET_MISSING'],
    ['an empty secret', { secret: '' }, 'SECRET_MISSING'],
    ['a malformed whsec_ secret', { secret: 'whsec_!!!' }, 'SECRET_INVALID'],
    ['a slug with blanks', { slug: 'no slug' }, 'SLUG_INVALID'],
    ['no slug', { slug: undefined }, 'SLUG_INVALID'],
    ['an empty organisation', { organization: '' }, 'ORGANIZATION_INVALID'],
    ['an unknown topic', { topics: ['issue.exploded'] }, 'TOPIC_UNKNOWN'],
    ['a malformed topic', { topics: ['No.Topic'] }, 'TOPIC_INVALID'],
    ['a reserved topic', { topics: ['installation'] }, 'TOPIC_RESERVED'],
    ['a reserved header', { headers: { host: 'x' } }, 'HEADER_INVALID'],
    ['a malformed owner', { owners: [{ email: 'nobody' }] }, 'OWNER_INVALID'],
    ['an unknown field', { color: 'red' }, 'INTEGRATION_INVALID'],
    ['an unknown status', { status: 'secret' }, 'INTEGRATION_INVALID'],
  ])('refuses %s before anything is written', async (_, wrong, code) => {
    const { hookward, store, receiver } = await world()
    const put = hookward.integrations.put({ ...anIntegration(receiver.url), ...wrong })
    await expect(put).rejects.toMatchObject({ code, nextStep: expect.stringMatching(/./) as string })
    expect([store.asked, hookward.integrations.list()]).toEqual([[], []])
  })

  it.each([undefined, null, 'bot', []])('refuses %j', async (input) => {
    const { hookward } = await world()
    await expect(hookward.integrations.put(input as never)).rejects.toMatchObject({ code: 'INTEGRATION_INVALID' })
  })
})

describe('install', () => {
  it('changes topics and projects of an installation and keeps its uuid', async () => {
    const { hookward, register } = await world()
    await register()
    const [before] = hookward.installations.list('bot')
    const changed = { integration: 'bot', organization: 'acme', topics: ['comment.created'], projects: ['web-app'] }
    expect(await hookward.installations.install(changed)).toEqual({
      ...before,
      ...{ topics: ['comment.created'], projects: ['web-app'] },
    })
    expect(hookward.installations.list()).toHaveLength(1)
  })

  it('takes filters of an installation and the deadline of an integration back for null', async () => {
    const { hookward, register } = await world()
    await register({ deadlineMs: 2_000 })
    const place = { integration: 'bot', organization: 'acme' }
    await hookward.installations.install({ ...place, topics: ['issue'], projects: ['web-app'] })
    await hookward.installations.install(place)
    const event = { topic: 'comment.created', organization: 'acme', data: {} }
    expect(await hookward.emit(event)).toMatchObject({ deliveries: 0, filtered: 1 })
    const free = await hookward.installations.install({ ...place, topics: null, projects: null })
    for (const filter of ['topics', 'projects']) expect(free).not.toHaveProperty(filter)
    expect(await hookward.emit(event)).toMatchObject({ deliveries: 1, filtered: 0 })
    await register({ deadlineMs: null })
    expect(hookward.integrations.get('bot')).not.toHaveProperty('deadlineMs')
  })

  it('refuses an integration nobody knows, and a uuid that is taken', async () => {
    const { hookward, register } = await world()
    await register()
    const { installations } = hookward
    await expect(
      installations.install({ integration: 'nobody', organization: 'acme' }, { announce: false }),
    ).rejects.toMatchObject({
      code: 'INTEGRATION_UNKNOWN',
    })
    const uuid = installations.list()[0]?.uuid ?? ''
    const taken = installations.install({ integration: 'bot', organization: 'other', uuid }, { announce: false })
    await expect(taken).rejects.toMatchObject({ code: 'INSTALLATION_INVALID' })
    expect(() => installations.list('nobody')).toThrow(
      expect.objectContaining({ code: 'INTEGRATION_UNKNOWN' }) as Error,
    )
  })
})

describe('uninstall', () => {
  const place = { integration: 'bot', organization: 'acme' }

  it('skips what waits, with a line in the log, and hears no more', async () => {
    const { hookward, receiver, clock, register, comment } = await world({ policy: sentry() })
    await register()
    receiver.answer(500)
    await comment()
    await hookward.installations.uninstall(place, { announce: false })
    clock.advanceBy(300_000)
    expect(await hookward.notifyComment(aComment())).toMatchObject({ deliveries: 0 })
    await hookward.idle()
    expect(receiver.requests).toHaveLength(1)
    const [line] = await hookward.log('bot')
    expect(line).toMatchObject({ became: 'skipped', attempt: 1, outcome: { code: 'UNINSTALLED' } })
  })

  it('lets an attempt under way arrive, but does not repeat it', async () => {
    const { hookward, receiver, clock, register } = await world({ policy: sentry() })
    await register()
    receiver.answer('hang')
    await hookward.notifyComment(aComment())
    await receiver.received(1)
    await hookward.installations.uninstall(place, { announce: false })
    receiver.release(500)
    await hookward.idle()
    clock.advanceBy(300_000)
    await hookward.idle()
    expect(receiver.requests).toHaveLength(1)
    expect(await hookward.log('bot')).toMatchObject([{ responseCode: 500, became: 'skipped' }])
  })

  it('skips an event that was on its way into the store', async () => {
    const { hookward, store, receiver, register } = await world()
    await register()
    const held = store.holdFrom(({ kind }) => kind === 'append')
    const emitted = hookward.notifyComment(aComment())
    await held
    const uninstalled = hookward.installations.uninstall(place, { announce: false })
    store.release()
    await Promise.all([emitted, uninstalled])
    await hookward.idle()
    expect(receiver.requests).toEqual([])
    expect(await hookward.log('bot')).toMatchObject([{ became: 'skipped' }])
  })

  it('refuses what is not installed, and fields it does not know', async () => {
    const { hookward, register } = await world()
    await register()
    const uninstall = (input: { integration: string; organization: string }) => hookward.installations.uninstall(input)
    await expect(uninstall({ integration: 'bot', organization: 'other' })).rejects.toMatchObject({
      code: 'INSTALLATION_UNKNOWN',
    })
    await expect(uninstall({ integration: 'nobody', organization: 'acme' })).rejects.toMatchObject({
      code: 'INTEGRATION_UNKNOWN',
    })
    const stray = { integration: 'bot', organization: 'acme', force: true }
    await expect(uninstall(stray)).rejects.toMatchObject({ code: 'INSTALLATION_INVALID' })
  })
})

async function world(options: Parameters<typeof startWorld>[0] = {}) {
  const store = tapped()
  return { store, ...(await startWorld({ store, ...options })) }
}
