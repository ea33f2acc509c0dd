import { describe, expect, it } from 'vitest'
import type { Diagnosis } from '../../src/cli/doctor/finding.ts'
import { clock } from '../../src/cli/doctor/clock.ts'
import { isWithin, node } from '../../src/cli/doctor/here.ts'
import { hookward, type Env } from '../support/cli.ts'
import { startSmtp } from '../support/smtp.ts'
import { aFolder } from '../support/world.ts'
import { stand } from './stand.ts'
import { onTestFinished } from 'vitest'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

async function examined(args: readonly string[], env: Env = {}) {
  const { code, json } = await hookward(['doctor', ...args, '--json'], env)
  const all = json() as readonly Diagnosis[]
  const of = (check: Diagnosis['check']) => all.find((one) => one.check === check)
  return { code, all, of }
}

describe('doctor', () => {
  it('looks at everything, and says what to name where there was nothing to look at', async () => {
    const { code, all } = await examined([])
    expect(code).toBe(0)
    expect(all.map(({ check, status }) => `${check} ${status}`)).toEqual([
      ...['node ok', 'versions ok', 'clock ok', 'disk ok'],
      ...['dns skipped', 'smtp skipped', 'store skipped', 'engine skipped'],
    ])
    for (const { status, nextStep } of all) expect(nextStep === undefined).toBe(status === 'ok')
    const { stdout } = await hookward(['doctor'])
    expect(stdout).toMatch(/^CHECK +STATUS +FACT\nnode +ok +Node /)
    expect(stdout).toContain('\nNext:\n  dns: name one by --host')
  })

  it('reaches a running engine, compares the clocks, and looks up where integrations are', async () => {
    const { env, register } = await stand({ clock: { now: () => Date.now() + 400_000, at: () => () => undefined } })
    await register({ url: 'https://surely.invalid/hook' })
    const { code, of } = await examined([], env)
    expect(code).toBe(1)
    expect(of('engine')).toMatchObject({ status: 'ok', fact: expect.stringMatching(/lets you read, enable/) as string })
    expect(of('clock')).toMatchObject({
      status: 'failed',
      fact: expect.stringMatching(/6m 4\ds ahead of this machine/) as string,
    })
    expect(of('dns')).toMatchObject({ status: 'failed', fact: expect.stringContaining('surely.invalid') as string })
  })

  it('says why an engine is not reached, with the next step of that very failure', async () => {
    const { code, of } = await examined(['--url', 'http://127.0.0.1:1/'])
    expect([code, of('engine')]).toMatchObject([
      1,
      { status: 'failed', fact: expect.stringContaining('ENGINE_UNREACHABLE') as string },
    ])
  })

  it('verifies a store, names the process that has it open, and finds damage', async () => {
    const { dir, hookward: engine, register } = await stand()
    await register()
    const open = await examined(['--store', dir])
    expect(open.of('store')).toMatchObject({
      status: 'ok',
      fact: `1 integrations, 0 deliveries waiting; process ${process.pid} has it open`,
    })
    expect(open.of('disk')?.fact).toContain(dir)
    await engine.stop({ graceMs: 0 })
    expect((await examined(['--store', dir])).of('store')?.fact).toContain('no engine has it open')
    writeFileSync(join(dir, 'store.json'), 'zeros')
    const damaged = await examined(['--store', dir])
    expect([damaged.code, damaged.of('store')]).toMatchObject([
      1,
      { status: 'failed', nextStep: expect.stringContaining('store check') as string },
    ])
    const none = await examined(['--store', join(await aFolder(), 'gone')])
    expect(none.of('disk')).toMatchObject({ status: 'failed', fact: expect.stringContaining('ENOENT') as string })
  })

  it('finds a clock that stands behind what the store was told', async () => {
    const { dir, hookward: engine } = await stand({ clock: undefined })
    await engine.stop()
    const patient = { dir, engine: { kind: 'none' }, hosts: [], smtpUrl: undefined } as const
    expect(await clock(patient, Date.now() + 1_000)).toMatchObject({ status: 'ok' })
    expect(await clock(patient, Date.now() - 3_600_000)).toMatchObject({
      status: 'failed',
      fact: expect.stringMatching(/(?:59m 5\ds|1h(?: \ds)?) ahead of this machine/) as string,
    })
    expect(await clock(patient, 0)).toMatchObject({ status: 'failed', nextStep: 'set the clock by NTP' })
  })

  it('logs in at the mail server, and prints no password', async () => {
    const smtp = await startSmtp()
    onTestFinished(() => smtp.close())
    const well = await examined([], { HOOKWARD_SMTP_URL: smtp.url })
    expect(well.of('smtp')).toEqual({
      check: 'smtp',
      status: 'ok',
      fact: `127.0.0.1:${smtp.port} takes mail from here`,
    })
    smtp.refuse(535, 'no such user or hidden-password', 'AUTH')
    const url = smtp.url.replace('//', '//ada:hidden-password@')
    const refused = await examined([], { HOOKWARD_SMTP_URL: url })
    expect([refused.code, refused.of('smtp')]).toMatchObject([
      1,
      { nextStep: expect.stringContaining('user and password') as string },
    ])
    expect(JSON.stringify(refused.all)).not.toContain('hidden-password')
    const wrong = await examined([], { HOOKWARD_SMTP_URL: 'http://mail.example/' })
    expect(wrong.of('smtp')).toMatchObject({
      status: 'failed',
      fact: expect.stringContaining('neither smtp') as string,
    })
  })

  it.each([
    ['20.19.0', 'ok'],
    ['20.18.9', 'failed'],
    ['21.9.0', 'failed'],
    ['22.11.0', 'failed'],
    ['22.12.0', 'ok'],
    ['24.1.0', 'ok'],
  ])('takes Node %s for %s', (version, status) => {
    expect(node(version)).toMatchObject({ status })
  })

  it.each([
    ['5.33.0', true],
    ['5.40.2', true],
    ['5.32.9', false],
    ['6.0.0', false],
  ])('takes %s for within ^5.33.0: %s', (version, is) => {
    expect(isWithin(version, '^5.33.0')).toBe(is)
  })
})
