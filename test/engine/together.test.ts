import { once, setMaxListeners } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Activity } from '../../src/engine/activity.ts'
import { stepsInTurnMax, Together } from '../../src/engine/together.ts'
import { memoryStore, type Outcome, type Transport } from '../../src/index.ts'
import type { EndedAttempt, Job, WebhookSignal } from '../../src/machines/index.ts'
import { startWorld } from '../support/world.ts'

const ended = {} as EndedAttempt
const job = { delivery: {}, attempts: 0, origin: 'https://hooks.example.com' } as Job
const ownTrouble: Outcome = {
  kind: 'local',
  status: 0,
  code: 'SHUTTING_DOWN',
  phase: 'head',
  durationMs: 0,
  body: '',
  bodyBytes: 0,
  truncated: false,
  headers: {},
}

describe('What comes together', () => {
  it('comes due as one, although the promises that lead there take turns', async () => {
    const { together, told } = aTogether()
    let before: Promise<void> = Promise.resolve()
    for (let n = 0; n < 20; n += 1) before = before.then(() => together.due(job))
    await turn()
    expect(told).toEqual([{ type: 'deliveries.due', jobs: Array.from({ length: 20 }, () => job) }])
  })

  it('ends in slices, and the event loop has a turn between two of them', async () => {
    const { together, told } = aTogether()
    for (let n = 0; n < 2 * stepsInTurnMax + 1; n += 1) together.ended(ended)
    const slices: number[] = []
    for (let n = 0; n < 4; n += 1) {
      await turn()
      slices.push(told.length)
    }
    expect(slices).toEqual([1, 2, 3, 3])
    expect(told.map((signal) => (signal.type === 'attempts.ended' ? signal.ended.length : -1))).toEqual([64, 64, 1])
  })

  it('is under way until the last slice is told', async () => {
    const { activity, together } = aTogether()
    for (let n = 0; n <= stepsInTurnMax; n += 1) {
      activity.begin()
      together.ended(ended)
    }
    await turn()
    expect(activity.isQuiet).toBe(false)
    await activity.quiet()
    expect(activity.isQuiet).toBe(true)
  })

  it('has one more turn of the lanes, however often it is asked for', async () => {
    const { activity, together, told } = aTogether()
    for (let n = 0; n < 3; n += 1) together.turn()
    expect(activity.isQuiet).toBe(false)
    await activity.quiet()
    expect(told).toEqual([{ type: 'lanes.turn' }])
  })

  it('starts no more than 64 attempts in one turn of the event loop, and all in the end', async () => {
    let started = 0
    const end = new AbortController()
    setMaxListeners(0, end.signal)
    const attempt = async () => {
      started += 1
      await once(end.signal, 'abort')
      return ownTrouble
    }
    const close = () => {
      end.abort()
      return Promise.resolve()
    }
    const transport: Transport = { attempt, close }
    const { hookward } = await startWorld({ store: memoryStore(), transport })
    for (let n = 0; n < 200; n += 1) {
      const [slug, secret] = [`app-${n}`, 'a secret of many characters']
      await hookward.integrations.put({
        slug,
        organization: 'acme',
        url: `https://${slug}.example/`,
        secret,
        topics: ['load'],
      })
      await hookward.installations.install({ integration: slug, organization: 'acme' }, { announce: false })
    }
    void hookward.emit({ topic: 'load.made', organization: 'acme', data: {} })
    const inTurns: number[] = []
    for (let n = 0, before = 0; n < 12; n += 1, before = started) {
      await turn()
      inTurns.push(started - before)
    }
    expect(Math.max(...inTurns)).toBe(64)
    expect(started).toBe(200)
  })
})

function aTogether() {
  const activity = new Activity()
  const told: WebhookSignal[] = []
  return { activity, told, together: new Together(activity, (signal) => told.push(signal)) }
}
