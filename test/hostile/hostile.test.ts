import { describe, expect, it } from 'vitest'
import { hostileCases } from './cases.ts'
import { judge } from './judge.ts'

/** Those that need a trusted certificate are run by `npm run hostile`, which can start a Node that trusts it. */
const cases = hostileCases.filter(
  ({ linux = false, trusted = false }) => (!linux || process.platform === 'linux') && !trusted,
)

describe('a hostile server', () => {
  it.concurrent.each(cases)('gets one truthful outcome, within bounds: $name', async (given) => {
    const place = await given.open()
    try {
      const { faults } = await judge(given, place)
      expect(faults).toEqual([])
    } finally {
      await place.close()
    }
  })

  it('comes in at least sixty kinds, each with a name of its own', () => {
    expect(hostileCases.length).toBeGreaterThanOrEqual(60)
    expect(new Set(hostileCases.map(({ name }) => name)).size).toBe(hostileCases.length)
  })
})
