import { describe, expect, it } from 'vitest'
import { hookward } from '../support/cli.ts'
import { aFolder, startWorld } from '../support/world.ts'
import { stand, token } from './stand.ts'

/** Broken: one comment was refused, one is held since. */
async function broken() {
  const world = await stand({ policy: 'standard' })
  await world.register()
  world.receiver.answer({ status: 503, body: 'upstream \u001b[31mis\u009b busy' })
  for (let n = 0; n < 12; n += 1) {
    await world.comment(`comment ${n}`)
    world.clock.advanceBy(40_000)
  }
  await world.hookward.idle()
  return world
}

describe('ls', () => {
  it('lists what the engine tells, the worst first, and the same as JSON', async () => {
    const { hookward: engine, register, run } = await stand()
    for (const slug of ['one', 'two']) await register({ slug })
    await engine.integrations.disable('two', { reason: 'because' })
    const { stdout, code } = await run(['ls'])
    expect(code).toBe(0)
    const lines = stdout.trim().split('\n')
    expect(lines.map((line) => line.split(/\s+/).slice(0, 2))).toEqual([
      ['INTEGRATION', 'STATE'],
      ['two', 'disabled'],
      ['one', 'healthy'],
    ])
    const { rows, total } = (await run(['ls', '--state', 'healthy', '--json'])).json() as {
      rows: object[]
      total: number
    }
    expect([total, rows]).toMatchObject([2, [{ integration: 'one', state: 'healthy' }]])
    expect((await run(['ls', '--limit', '1'])).stdout).toContain('1 more')
    expect((await run(['ls', '--search', 'nobody'])).stdout).toBe('no integrations\n')
  })

  it('cuts its last column where a terminal ends, and nowhere else', async () => {
    const { run } = await broken()
    const [wide, narrow] = [(await run(['ls'])).stdout, (await run(['ls'], { columns: 100 })).stdout]
    expect(wide).toContain('nothing has succeeded')
    for (const line of narrow.trim().split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })
})

describe('one integration', () => {
  it('is explained: the rule, its numbers, the last errors, and what comes next', async () => {
    const { hookward: engine, run } = await broken()
    const { stdout } = await run(['explain', 'bot'])
    const { evidence, probeAt = 0 } = await engine.explain('bot')
    expect(stdout).toMatch(/^bot is broken since 2024-06-01T12:0\d:/)
    expect(stdout).toContain(evidence.summary)
    expect(stdout).toMatch(/rule +failures-in-a-row of standard 1/)
    expect(stdout).toContain(`at ${new Date(probeAt).toISOString().slice(0, 19)}Z`)
    expect(stdout).toMatch(/comment\.created +\d +HTTP_503/)
    const value = (await run(['explain', 'bot', '--json'])).json()
    expect(value).toMatchObject({ explanation: { state: 'broken', evidence }, lastErrors: [{}, {}, {}] })
  })

  it('is shown with its lane, its steps, its audit and its notices, and nothing of it steers the terminal', async () => {
    const { run, receiver } = await broken()
    const { stdout } = await run(['show', 'bot'])
    for (const part of [`${receiver.url}/hook`, 'lane', 'degraded -> broken.holding', 'integration.registered by host'])
      expect(stdout).toContain(part)
    const [entry] = (await run(['log', 'bot', '--errors', '--json'])).json() as { deliveryId: string }[]
    const delivery = await run(['show', 'bot', entry?.deliveryId ?? ''])
    expect(delivery.stdout).toContain('HTTP_503')
    expect(delivery.stdout).toContain('< upstream')
    const json = await run(['show', 'bot', entry?.deliveryId ?? '', '--json'])
    for (const text of [delivery.stdout, json.stdout, stdout])
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    expect((json.json() as { attempts: { requestHeaders: object }[] }).attempts[0]?.requestHeaders).toMatchObject({
      'Sentry-Hook-Signature': '***',
    })
  })

  it('has a log by topic, moment and number', async () => {
    const { run, clock } = await broken()
    const count = async (...flags: string[]) =>
      ((await run(['log', 'bot', '--json', ...flags])).json() as object[]).length
    const all = await count()
    expect(all).toBeGreaterThan(9)
    expect(await count('--limit', '2')).toBe(2)
    expect(await count('--topic', 'issue.created')).toBe(0)
    expect(await count('--until', String(clock.now() - 86_400_000))).toBe(0)
    expect(await count('--since', new Date(clock.now() - 86_400_000).toISOString())).toBe(all)
    expect((await run(['log', 'bot', '--topic', 'issue.created'])).stdout).toBe('no requests\n')
  })

  it('has a ledger, part after part', async () => {
    const { run } = await broken()
    const first = (await run(['held', 'bot', '--limit', '1', '--json'])).json() as { count: number; next: string }
    expect(first.count).toBeGreaterThan(1)
    const { stdout } = await run(['held', 'bot', '--limit', '1'])
    expect(stdout).toContain(`1 of ${first.count}; the rest by --after ${first.next}`)
    const second = await run(['held', 'bot', '--after', first.next])
    expect(second.stdout.split('\n').filter((line) => line.includes(' broken ')).length).toBe(first.count - 1)
    expect((await run(['dead', 'bot'])).stdout).toBe('none\n')
  })
})

describe('whom it asks', () => {
  it('says what the engine says of an integration it does not know, and exits with 1', async () => {
    const { run } = await stand()
    const { code, stdout, stderr } = await run(['explain', 'nobody'])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^INTEGRATION_UNKNOWN: .* Next: see which there are with npx hookward ls/)
    const json = await run(['explain', 'nobody', '--json'])
    expect(JSON.parse(json.stderr)).toMatchObject({
      code: 'INTEGRATION_UNKNOWN',
      nextStep: expect.any(String) as string,
    })
  })

  it('is refused without the token, and the token is in nothing it prints', async () => {
    const { url } = await stand()
    const refused = await hookward(['ls', '--url', url], { HOOKWARD_TOKEN: `${token}-wrong` })
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/^REFUSED: authorize refuses read/)])
    expect(refused.stderr).not.toContain(token)
    const inAddress = await hookward(['ls', '--url', 'http://ada:hidden@127.0.0.1:1/'])
    expect([inAddress.code, inAddress.stderr]).toEqual([2, expect.stringContaining('HOOKWARD_TOKEN')])
    expect(inAddress.stderr).not.toContain('hidden')
  })

  it('says how to begin where nobody answers, and where somebody else does', async () => {
    const nobody = await hookward(['ls', '--url', 'http://127.0.0.1:1/'])
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringMatching(/^ENGINE_UNREACHABLE.*npx hookward dev/)])
    const { receiver } = await startWorld()
    const other = await hookward(['ls', '--url', receiver.url])
    expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/^ENGINE_ANSWER: .* answered 200/)])
  })

  it('takes an address or a folder, and flags before variables', async () => {
    const { url } = await stand()
    const both = await hookward(['ls', '--url', url, '--store', '.'])
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('one of them is enough')])
    const flag = await hookward(['ls', '--url', url], { HOOKWARD_URL: 'http://127.0.0.1:1/', HOOKWARD_TOKEN: token })
    expect(flag.code).toBe(0)
    const folder = await hookward(['ls', '--store', await aFolder()], { HOOKWARD_URL: url, HOOKWARD_TOKEN: token })
    expect([folder.code, folder.stderr]).toEqual([1, expect.stringMatching(/^STORE_REQUIRED/)])
  })
})
