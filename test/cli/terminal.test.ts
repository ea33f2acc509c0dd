import { describe, expect, it } from 'vitest'
import { asked } from '../support/http.ts'
import { atTerminal, noTerminal } from '../support/pty.ts'
import { startWorld } from '../support/world.ts'
import { stand, token } from './stand.ts'

const title = noTerminal === undefined ? 'at a terminal' : `at a terminal (skipped: ${noTerminal})`
const escape = '\u001b['

describe.skipIf(noTerminal !== undefined)(title, { timeout: 60_000 }, () => {
  it('colours what a word says already, but not under NO_COLOR or on a dumb one', async () => {
    const { hookward: engine, register, url } = await stand()
    await register()
    await engine.integrations.pause('bot', { reason: 'because' })
    const env = { HOOKWARD_URL: url, HOOKWARD_TOKEN: token }
    const [coloured, plain, dumb] = [
      atTerminal(['ls'], env),
      atTerminal(['ls'], { ...env, NO_COLOR: '1' }),
      atTerminal(['ls'], { ...env, TERM: 'dumb' }),
    ]
    expect(await Promise.all([coloured.ended, plain.ended, dumb.ended])).toEqual([0, 0, 0])
    expect(coloured.screen()).toContain(`${escape}34mpaused${escape}39m`)
    for (const session of [plain, dumb]) {
      expect(session.screen()).toContain('paused')
      expect(session.screen()).not.toContain(escape)
    }
  })

  it('asks why and whether, does nothing for a no, and what was said for a yes', async () => {
    const { hookward: engine, register, url } = await stand()
    await register()
    const env = { HOOKWARD_URL: url, HOOKWARD_TOKEN: token }
    const no = atTerminal(['disable', 'bot', '--reason', 'because'], env)
    await no.until('Disable bot and write to its owners? [y/N] ')
    no.type('n\r')
    expect(await no.ended).toBe(1)
    expect((await engine.explain('bot')).state).toBe('healthy')
    const yes = atTerminal(['disable', 'bot'], env)
    await yes.until('[y/N] ')
    yes.type('y\r')
    await yes.until('Why? ')
    yes.type('they asked for it\r')
    expect(await yes.ended).toBe(0)
    expect((await engine.audit('bot'))[0]).toMatchObject({ by: 'ada', reason: 'they asked for it' })
  })

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('takes %s for a no', async (_, key) => {
    const { hookward: engine, register, url } = await stand()
    await register()
    const session = atTerminal(['disable', 'bot', '--reason', 'because'], { HOOKWARD_URL: url, HOOKWARD_TOKEN: token })
    await session.until('[y/N] ')
    session.type(key)
    expect(await session.ended).toBe(1)
    expect(session.screen()).toContain('NOT_CONFIRMED')
    expect((await engine.explain('bot')).state).toBe('healthy')
  })

  it('lets go of an engine that does not answer, by Ctrl-C', async () => {
    const { receiver } = await startWorld()
    receiver.answer('hang')
    const session = atTerminal(['ls'], { HOOKWARD_URL: receiver.url })
    await receiver.received(1)
    session.type('\u0003')
    expect(await session.ended).toBe(1)
    expect(session.screen()).toContain('INTERRUPTED')
  })

  it('draws the progress of a replay, and leaves the sums behind', async () => {
    const { clock, comment, receiver, register, url } = await stand()
    await register()
    receiver.answer(400, 400, 200)
    await comment('one')
    await comment('two')
    const session = atTerminal(['replay', 'bot', '--reason', 'mended', '--yes'], {
      HOOKWARD_URL: url,
      HOOKWARD_TOKEN: token,
    })
    await session.until('] 1/2')
    clock.advanceBy(1_000)
    await session.until('] 2/2')
    expect(await session.ended).toBe(0)
    expect(session.screen().replaceAll('\r', '')).toContain(
      '2 of 2 deliveries are sent once more\n2 delivered, 0 failed\n',
    )
  })

  it('switches the receiver of the playground by keys, and quits by q', async () => {
    const session = atTerminal(['dev', '--port', '0', '--every', '0', '--speed', '1'])
    await session.until('The dashboard:  ')
    await session.until('e enables, q quits.')
    const [, url = ''] = /The dashboard: {2}(http:\S+)/.exec(session.screen()) ?? []
    for (const [key, code] of [
      [' ', 'HTTP_200'],
      ['3', 'HTTP_500'],
      ['5', 'ECONNRESET'],
      ['4', 'DEADLINE'],
      ['2', 'HTTP_200'],
      ['1', 'HTTP_200'],
    ] as const) {
      session.type(key === ' ' ? key : `${key} `)
      await session.until(code)
    }
    expect((await asked(`${url}playground`)).text).toContain('acme-bot answers: ok')
    await session.until('acme-bot')
    session.type('q')
    expect(await session.ended).toBe(0)
  })

  it('ends what follows by Ctrl-C, as something that went well', async () => {
    const { register, url } = await stand()
    await register()
    const session = atTerminal(['tail'], { HOOKWARD_URL: url, HOOKWARD_TOKEN: token })
    await session.until('listening')
    session.type('\u0003')
    expect(await session.ended).toBe(0)
  })
})
