import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseTrace } from '../../src/testing.ts'
import { hookward } from '../support/cli.ts'
import { aFolder } from '../support/world.ts'
import { stand } from './stand.ts'

describe('traces and simulate', () => {
  it('list the traces that are made, and print one that can be read back', async () => {
    const { stdout } = await hookward(['traces'])
    expect(stdout).toMatch(/^flapping +28d +2 +\d+ +0$/m)
    const lines = (await hookward(['traces', 'oneAWeek', '--seed', '7'])).stdout
    expect(parseTrace(lines).integrations.map(({ integration }) => integration)).toEqual(['oneAWeek-1', 'oneAWeek-2'])
  })

  it('lead a trace through a policy: a made one, and one from a file', async () => {
    const made = await hookward(['simulate', '--trace', 'oneAWeek', '--policy', 'sentry'])
    expect(made.stdout).toMatch(/^sentry 1: \d+ attempts, \d+ notices to owners, \d+ deliveries held\n/)
    const file = join(await aFolder(), 'trace.jsonl')
    writeFileSync(file, (await hookward(['traces', 'oneAWeek'])).stdout)
    const [own, same] = [
      await hookward(['simulate', '--trace', file, '--json']),
      await hookward(['simulate', '--trace', 'oneAWeek', '--json']),
    ]
    expect(own.json()).toEqual(same.json())
    const gone = await hookward(['simulate', '--trace', `${file}.gone`])
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringMatching(/^FILE_UNREADABLE: .*ENOENT/)])
  })

  it('lead the log of a running engine through a policy, beside what happened, with other numbers of it', async () => {
    const { comment, receiver, register, run } = await stand()
    await register()
    receiver.answer(404)
    await comment()
    const usual = (await run(['simulate', 'bot', '--policy', 'sentry', '--json'])).json()
    expect(usual).toMatchObject({ disabled: [], compared: { saved: [], newlyDisabled: [] } })
    const strict = await run(['simulate', 'bot', '--policy', 'sentry', '--set', 'windowDays=1'])
    expect(strict.stdout).toMatch(/saved: nobody; disabled besides: bot/)
    const wrong = await run(['simulate', 'bot', '--set', 'surely=1'])
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/^POLICY_INVALID/)])
  })

  it("lead lines of a history of one's own through a policy", async () => {
    const file = join(await aFolder(), 'history.jsonl')
    const entry = { at: 1, integrationId: 'bot', deliveryId: 'd', topic: 'a.b', attempt: 1, requestId: 'r' }
    const outcome = { kind: 'ok', status: 200, code: 'HTTP_200' }
    writeFileSync(file, `${JSON.stringify({ ...entry, outcome })}\n\n`)
    expect((await hookward(['simulate', '--history', file, '--json'])).json()).toMatchObject({ outcomes: 1 })
    writeFileSync(file, 'no json\n')
    expect((await hookward(['simulate', '--history', file])).stderr).toMatch(/FILE_UNREADABLE: line 1 .* no JSON/)
  })
})
