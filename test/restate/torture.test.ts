import { describe, expect, it } from 'vitest'
import { skipped } from '../support/restate.ts'
import { torture } from './torture/torture.ts'

/** `npm run -s torture:restate -- --kills 50` does the same for longer. */
describe.skipIf(skipped !== '')(`workers and servers that are killed under load ${skipped}`, () => {
  it(
    'lose nothing, count each delivery once and write one letter for each disablement',
    { timeout: 170_000 },
    async () => {
      const chances = [0.1, 0.2, 0.5, 0.3, 0.9, 0.1, 0.4, 0.2, 0.7, 0.6, 0.3, 0.5]
      const chance = () => chances.shift() ?? 0.5
      const { faults, lost, disablements, letters, victims } = await torture({ kills: 3, chance, plant: null })
      expect({ faults, lost, letters: letters - 2 * disablements }).toEqual({ faults: [], lost: 0, letters: 0 })
      expect(victims.worker + victims.server + victims.node).toBe(3)
    },
  )
})
