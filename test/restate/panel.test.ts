import { describe, expect, it } from 'vitest'
import { dashboard, nodeHandler } from '../../src/dashboard.ts'
import { begun, hookward as command } from '../support/cli.ts'
import { asked, serving } from '../support/http.ts'
import { skipped } from '../support/restate.ts'
import { aComment } from '../support/world.ts'
import { runtimes, serverFor, startEitherWorld } from './either.ts'

/** The page and the command line of an operator, over a host wherever its deliveries are made. */
describe.each(runtimes)('an operator of a host %s', (runtime) => {
  const { server, isSkipped } = serverFor(runtime)

  describe.skipIf(isSkipped)(skipped, () => {
    it('sees all of it on the dashboard', async () => {
      const { url } = await lived()
      const get = async (part: string) => (await asked(`${url}api/${part}`)).json()
      expect(await get('list')).toMatchObject({ rows: [{ integration: 'bot', state: 'disabled', held: 1 }] })
      for (const part of ['integration', 'log', 'held', 'dead'])
        expect({ part, status: (await asked(`${url}api/${part}?slug=bot`)).status }).toEqual({ part, status: 200 })
      expect((await asked(`${url}api/operator`)).status).toBe(200)
    })

    it('lists, explains, enables and replays by the command line', async () => {
      const { url, receiver, hookward } = await lived()
      const env = { HOOKWARD_URL: url }
      const listed = await command(['ls', '--json'], env)
      expect({ code: listed.code, err: listed.stderr }).toEqual({ code: 0, err: '' })
      expect(listed.stdout).toContain('"disabled"')
      expect((await command(['show', 'bot'], env)).stdout).toContain('disabled')
      expect((await command(['explain', 'bot'], env)).stdout).toContain('because')
      expect((await command(['log', 'bot'], env)).stdout).toContain('400')
      receiver.answer(200)
      const enabled = await command(['enable', 'bot', '--reason', 'it is mended', '--replay', 'none', '--yes'], env)
      expect({ code: enabled.code, err: enabled.stderr }).toEqual({ code: 0, err: expect.any(String) as string })
      await hookward.idle()
      expect((await hookward.explain('bot')).state).toBe('healthy')
      const before = receiver.requests.length
      const replayed = await command(
        ['replay', 'bot', '--which', 'dead', '--per-second', '1000', '--reason', 'it is mended', '--yes'],
        env,
      )
      expect({ code: replayed.code, err: replayed.stderr }).toEqual({ code: 0, err: expect.any(String) as string })
      await hookward.idle()
      expect(receiver.requests.length).toBeGreaterThan(before)
      const sent = await command(['send', 'bot', 'invoice.paid', '--reason', 'a try'], env)
      expect({ code: sent.code, err: sent.stderr }).toEqual({ code: 0, err: expect.any(String) as string })
    })
  })

  it.skipIf(isSkipped)('follows the health of all integrations, as it happens', async () => {
    const { url, hookward, receiver } = await lived()
    const following = begun(['tail', '--count', '1'], { HOOKWARD_URL: url })
    await following.until('listening')
    receiver.answer(200)
    await hookward.integrations.enable('bot', { by: 'ada', replay: 'none' })
    await hookward.idle()
    expect((await following.ended).stdout).toMatch(/bot {2}recovered {2}healthy/)
  })

  /** A dead letter, one that is held, a hand and letters. */
  async function lived() {
    const world = await startEitherWorld(runtime, server)
    const { hookward, receiver } = world
    receiver.answer(400)
    await hookward.notifyComment(aComment())
    await hookward.idle()
    await hookward.integrations.disable('bot', { by: 'ada', reason: 'because' })
    await hookward.notifyComment(aComment('held'))
    await hookward.idle()
    const answer = nodeHandler(dashboard(hookward, { authorize: () => true }))
    return { ...world, url: `${await serving(answer)}/hooks/` }
  }
})
