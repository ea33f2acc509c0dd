import { setImmediate as turn } from 'node:timers/promises'
import { createHookward } from '../../src/index.ts'

/** What an engine took to open a folder. */
export interface Opened {
  readonly heapBytes: number
  readonly rssBytes: number
  readonly openMs: number
}

const [dir = ''] = process.argv.slice(2)
const before = await held()
const began = performance.now()
const hookward = await createHookward({ dir })
const openMs = performance.now() - began
const after = await held()
const found: Opened = { heapBytes: after.heap - before.heap, rssBytes: after.rss - before.rss, openMs }
process.send?.(found)
await hookward.stop()
process.disconnect()

async function held(): Promise<{ readonly heap: number; readonly rss: number }> {
  for (let pass = 0; pass < 4; pass += 1) {
    await turn()
    globalThis.gc?.()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, rss }
}
