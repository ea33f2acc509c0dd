import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dashboard, nodeHandler } from '../../src/dashboard.ts'
import type { Hookward } from '../../src/index.ts'
import { begun, hookward } from '../support/cli.ts'
import { aFolder, until } from '../support/world.ts'
import { stand, type Stand } from './stand.ts'

const why = ['--reason', 'because'] as const

/** Two comments were refused for good, and are dead letters. */
async function withDeadLetters(): Promise<Stand> {
  const world = await stand()
  await world.register()
  world.receiver.answer(400, 400, 200)
  await world.comment('one')
  await world.comment('two')
  return world
}

describe('what is done by hand', () => {
  it('is done by whoever the token stands for, with the reason in the audit', async () => {
    const { hookward: engine, register, run } = await stand()
    await register()
    expect((await run(['pause', 'bot', ...why])).stdout).toMatch(/^bot is paused since \S+, by hand; before that: /)
    expect((await run(['resume', 'bot', ...why, '--json'])).json()).toMatchObject({ state: 'healthy' })
    expect((await run(['disable', 'bot', ...why, '--yes'])).stdout).toMatch(/^bot is disabled since/)
    expect((await run(['enable', 'bot', ...why])).stdout).toMatch(/^bot is healthy since/)
    const acts = (await engine.audit('bot')).slice(0, 4).map(({ by, action, reason }) => [by, action, reason])
    expect(acts).toEqual([
      ['ada', 'integration.enabled', 'because'],
      ['ada', 'integration.disabled', 'because'],
      ['ada', 'integration.resumed', 'because'],
      ['ada', 'integration.paused', 'because'],
    ])
  })

  it('asks for the reason where somebody is there, and needs it where nobody is', async () => {
    const { hookward: engine, register, run } = await stand()
    await register()
    const nobody = await run(['pause', 'bot'])
    expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('--reason is missing')])
    expect((await run(['pause', 'bot'], { answers: ['  '] })).code).toBe(2)
    expect((await engine.explain('bot')).state).toBe('healthy')
    expect((await run(['pause', 'bot'], { answers: ['maintenance'] })).code).toBe(0)
    expect((await engine.audit('bot'))[0]).toMatchObject({ reason: 'maintenance' })
  })

  it.each([[['disable', 'bot', ...why]], [['enable', 'bot', '--force', ...why]], [['replay', 'bot', ...why]]])(
    'asks before %j, and needs --yes where nobody can be asked',
    async (args) => {
      const { receiver, run, hookward: engine } = await withDeadLetters()
      const before = (await engine.audit('bot')).length
      const nobody = await run(args)
      expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('needs --yes')])
      const no = await run(args, { answers: ['no'] })
      expect([no.code, no.stderr]).toEqual([1, expect.stringMatching(/\? \[y\/N\] NOT_CONFIRMED/)])
      expect((await engine.audit('bot')).length).toBe(before)
      expect(receiver.requests).toHaveLength(2)
    },
  )

  it('is refused by the engine, with its own next step', async () => {
    const { register, run } = await stand()
    await register()
    await run(['pause', 'bot', ...why])
    const { code, stderr } = await run(['enable', 'bot', ...why])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^INTEGRATION_PAUSED: .*resume it first/)])
    const reader = await hookward(['resume', 'bot', ...why], {
      HOOKWARD_URL: (await stand()).url,
      HOOKWARD_TOKEN: 'reader',
    })
    expect([reader.code, reader.stderr]).toEqual([1, expect.stringContaining('REFUSED: authorize refuses resume')])
  })

  it('probes with what is held, and says when nothing is', async () => {
    const { comment, receiver, register, run } = await stand()
    await register()
    expect((await run(['probe', 'bot', ...why])).stdout).toContain('nothing is held')
    await run(['pause', 'bot', ...why])
    await comment()
    receiver.answer(503, 200)
    const failed = await run(['probe', 'bot', ...why])
    expect([failed.code, failed.stdout]).toEqual([1, expect.stringMatching(/^the probe failed: HTTP_503 to comment/)])
    const { code, json } = await run(['probe', 'bot', ...why, '--json'])
    expect([code, json()]).toMatchObject([0, { kind: 'succeeded', outcome: { code: 'HTTP_200' } }])
  })

  it('sends an event to one integration alone', async () => {
    const { hookward: engine, receiver, register, run } = await stand()
    await register()
    await register({ slug: 'other' })
    const data = ['--data', '{"total":"42.00"}']
    const { stdout } = await run(['send', 'bot', 'invoice.paid', ...data, ...why])
    const [, id = ''] = /^(dlv_\w+) is on its way/.exec(stdout) ?? []
    await engine.idle()
    expect(receiver.requests).toHaveLength(1)
    expect(receiver.requests[0]?.body.toString()).toContain('42.00')
    expect((await run(['show', 'bot', id, '--json'])).json()).toMatchObject({ id, attempts: [{ became: 'delivered' }] })
    const file = join(await aFolder(), 'data.json')
    writeFileSync(file, '{"from":"a file"}')
    expect((await run(['send', 'bot', 'invoice.paid', '--data', `@${file}`, ...why])).code).toBe(0)
    expect(
      (await run(['send', 'bot', 'invoice.paid', '--data', '-', ...why], { input: '{"from":"stdin"}' })).code,
    ).toBe(0)
    await engine.idle()
    const bodies = receiver.requests.map(({ body }) => (JSON.parse(String(body)) as { data: object }).data)
    expect(bodies.slice(1)).toEqual([{ from: 'a file' }, { from: 'stdin' }])
    const gone = await run(['send', 'bot', 'invoice.paid', '--data', '@gone', ...why])
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('gone cannot be read (ENOENT)')])
    await run(['pause', 'bot', ...why])
    const held = await run(['send', 'bot', 'invoice.paid', ...why])
    expect(held.stdout).toMatch(
      /^dlv_\w+ waits with what is held, as bot is paused; npx hookward probe bot sends one of them\n$/,
    )
    const wrong = await run(['send', 'bot', 'invoice.paid', '--data', '{', ...why])
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--data is not JSON')])
  })
})

describe('replay', () => {
  it('counts in a dry run, and sends once it is told to', async () => {
    const { hookward: engine, receiver, run } = await withDeadLetters()
    const dry = await run(['replay', 'bot', '--dry-run'])
    expect(dry.stdout).toBe('2 of 2 deliveries would be sent once more\n')
    expect(receiver.requests).toHaveLength(2)
    const { json } = await run(['replay', 'bot', '--limit', '1', ...why, '--yes', '--json'])
    expect(json()).toEqual({ matched: 2, replayed: 1, skipped: 1 })
    await engine.idle()
    expect(receiver.requests).toHaveLength(3)
  })

  it('waits for the first attempts where it is asked to, and fails when one of them did', async () => {
    const { clock, receiver, run } = await withDeadLetters()
    receiver.answer(200, 400)
    const waiting = run(['replay', 'bot', ...why, '--yes', '--wait', '--json'])
    await until(() => receiver.requests.length === 3)
    clock.advanceBy(1_000)
    const { code, json } = await waiting
    expect([code, json()]).toEqual([
      1,
      { matched: 2, replayed: 2, skipped: 0, watched: { delivered: 1, failed: 1, open: 0 } },
    ])
  })

  it('shows a bar where talk is read on a terminal', async () => {
    const { clock, receiver, run } = await withDeadLetters()
    const waiting = run(['replay', 'bot', ...why], { answers: ['y'] })
    await until(() => receiver.requests.length === 3)
    clock.advanceBy(1_000)
    const { code, stdout, stderr } = await waiting
    expect([code, stdout]).toEqual([0, '2 of 2 deliveries are sent once more\n2 delivered, 0 failed\n'])
    expect(stderr).toContain('Send 2 deliveries to bot once more? [y/N] ')
    expect(stderr).toContain(`[${'#'.repeat(15)}${'-'.repeat(15)}] 1/2\r`)
    expect(stderr).toContain(`[${'#'.repeat(30)}] 2/2\r`)
  })

  it('takes dead letters since a moment, by topic, by id and under fresh ids', async () => {
    const { clock, hookward: engine, run } = await withDeadLetters()
    const matched = async (...flags: string[]) => {
      const { json } = await run(['replay', 'bot', '--dry-run', '--json', ...flags])
      return (json() as { matched: number }).matched
    }
    expect(await matched('--failed-since', new Date(clock.now()).toISOString())).toBe(2)
    expect(await matched('--failed-since', new Date(clock.now() + 1_000).toISOString())).toBe(0)
    expect(await matched('--topic', 'issue')).toBe(0)
    expect(await matched('--which', 'held')).toBe(0)
    const both = await run(['replay', 'bot', '--failed-since', '2h', '--which', 'dead', '--dry-run'])
    expect(both.code).toBe(2)
    const [dead] = (await engine.dead('bot')).entries
    expect(await matched('--id', dead?.deliveryId ?? '', '--id', 'dlv_unknown')).toBe(1)
    expect(await matched('--id', dead?.deliveryId ?? '', '--topic', 'issue')).toBe(0)
    const { json } = await run(['replay', 'bot', '--id', dead?.deliveryId ?? '', '--fresh', ...why, '--yes', '--json'])
    expect(json()).toMatchObject({ replayed: 1 })
    await engine.idle()
    expect((await engine.log('bot', { limit: 1 }))[0]).toMatchObject({ replays: dead?.deliveryId, became: 'delivered' })
  })
})

/** A dashboard whose server can be cut and stopped. */
async function served(engine: Hookward): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer(nodeHandler(dashboard(engine, { authorize: () => true }))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

describe('tail', () => {
  it('tells each attempt of one integration, a line each or as JSON', async () => {
    const { comment, env, register } = await stand()
    await register()
    const lines = begun(['tail', 'bot', '--count', '1'], env)
    const json = begun(['tail', 'bot', '--count', '1', '--json'], env)
    await Promise.all([lines.until('listening'), json.until('listening')])
    await comment()
    expect((await lines.ended).stdout).toMatch(
      /Z {2}bot {2}delivered {2}dlv_\w+ {2}comment\.created {2}attempt 1 {2}HTTP_200\n$/,
    )
    expect((await json.ended).json()).toMatchObject({
      type: 'delivered',
      integration: 'bot',
      attempt: 1,
      code: 'HTTP_200',
    })
  })

  it('begins again where it broke off, and misses nothing of what happened meanwhile', async () => {
    const { comment, hookward: engine, register } = await stand()
    await register()
    const { server, url } = await served(engine)
    const following = begun(['tail', 'bot', '--count', '2', '--url', url])
    await following.until('listening')
    await comment('one')
    await following.until('delivered')
    server.closeAllConnections()
    await comment('two')
    const { code, stdout, stderr } = await following.ended
    expect([code, stdout.trim().split('\n')]).toEqual([0, [expect.anything(), expect.stringContaining('delivered')]])
    expect(stderr).not.toContain('missed')
  })

  it('says where the stream is lost for good', async () => {
    const { hookward: engine, register } = await stand()
    await register()
    const { server, url } = await served(engine)
    const following = begun(['tail', '--url', url])
    await following.until('listening')
    server.close()
    server.closeAllConnections()
    const { code, stderr } = await following.ended
    expect([code, stderr]).toEqual([1, expect.stringMatching(/STREAM_LOST: .* tells nothing any more/)])
  })

  it('tells of all integrations their health, and attempts as a number', async () => {
    const { comment, env, hookward: engine, register } = await stand()
    await register()
    const all = begun(['tail', '--count', '2'], env)
    await all.until('listening')
    await comment()
    await all.until('1 delivered, 0 failed')
    await engine.integrations.disable('bot', { reason: 'because' })
    expect((await all.ended).stdout).toMatch(/bot {2}disabled {2}disabled {2}/)
  })
})
