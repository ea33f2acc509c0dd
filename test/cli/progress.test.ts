import { describe, expect, it } from 'vitest'
import type { Engine, Message } from '../../src/cli/engine/engine.ts'
import { watched } from '../../src/cli/progress.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

const told = (type: string, deliveryId: string, more: object = {}): Message => ({
  event: 'told',
  data: { type, deliveryId, acceptedAt: 5, ...more },
})
const hello: Message = { event: 'hello', data: {} }

/** Watches a replay of so many over a stream that tells exactly this, and then no more. */
async function watching(replayed: number, messages: readonly Message[]) {
  let acts = 0
  const drawn: string[] = []
  const engine = {
    get: () => Promise.resolve({ at: 10 }),
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
    listen: async function* () {
      yield* messages
    },
  } as unknown as Engine
  const terminal = { progress: (line: string) => drawn.push(line) } as unknown as Terminal
  const act = () => {
    acts += 1
    return Promise.resolve({ matched: replayed, replayed, skipped: 0 })
  }
  const { outcome } = await watched({ engine, slug: 'bot', terminal, signal: new AbortController().signal, act })
  return { acts, drawn, outcome }
}

describe('watching a replay', () => {
  it('does it once, however often the stream begins anew', async () => {
    const { acts, outcome } = await watching(2, [hello, told('delivered', 'a'), hello, told('delivered', 'b')])
    expect([acts, outcome]).toEqual([1, { delivered: 2, failed: 0, open: 0 }])
  })

  it('counts the first outcome of each, and neither what came later nor what is no attempt', async () => {
    const { outcome, drawn } = await watching(3, [
      hello,
      told('delivery.failed', 'a'),
      told('delivered', 'a'),
      told('delivery.dead', 'b'),
      told('delivered', 'new', { acceptedAt: 11 }),
      told('delivered', 'copy', { acceptedAt: 11, replays: 'c' }),
    ])
    expect(outcome).toEqual({ delivered: 1, failed: 1, open: 1 })
    expect(drawn).toContain(`[${'#'.repeat(20)}${'-'.repeat(10)}] 2/3`)
    expect(drawn.at(-1)).toBe('')
  })

  it('does it also where the stream never says hello, and then knows of no outcome', async () => {
    expect(await watching(1, [])).toMatchObject({ acts: 1, outcome: { delivered: 0, failed: 0, open: 1 } })
  })
})
