import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/testing.ts'
import { isBroken, StandbyJudge } from './judge.ts'
import { tortureStandby } from './kills.ts'

it('loses nothing, accepts nothing twice and keeps order while processes on one folder are killed', async () => {
  const random = seededRandom(1)
  const verdict = await tortureStandby({ processes: 3, kills: 3, eventsMax: 400, chance: () => random.fraction() })
  expect(verdict).toMatchObject({ lost: 0, twice: 0, disordered: 0, leftOver: 0, trouble: [] })
  expect(isBroken(verdict)).toBe(false)
  expect(verdict.takeOvers).toBeGreaterThan(1)
  expect(verdict.handedOver).toBeGreaterThan(0)
  expect(verdict.accepted).toBeGreaterThan(verdict.handedOver)
}, 120_000)

describe('the judge', () => {
  it('sees an event that is lost, one that was accepted twice, and one that came out of its order', () => {
    const judge = new StandbyJudge()
    for (const n of [0, 1, 2, 3]) judge.accepted('a', n, true)
    judge.arrived({ by: 'a', n: 0, id: 'x' })
    judge.arrived({ by: 'a', n: 0, id: 'x' })
    judge.arrived({ by: 'a', n: 2, id: 'y' })
    judge.arrived({ by: 'a', n: 1, id: 'z' })
    judge.arrived({ by: 'a', n: 1, id: 'other' })
    judge.arrived({ by: 'b', n: 0, id: 'never answered' })
    const verdict = judge.verdict(0)
    expect(verdict).toMatchObject({ accepted: 4, arrived: 4, lost: 1, twice: 1, disordered: 1 })
    expect(isBroken(verdict)).toBe(true)
  })

  it('minds what lies in the spool at the end, and trouble of any kind', () => {
    expect(isBroken(new StandbyJudge().verdict(0))).toBe(false)
    expect(isBroken(new StandbyJudge().verdict(1))).toBe(true)
    const troubled = new StandbyJudge()
    troubled.hadTrouble('it threw')
    expect(isBroken(troubled.verdict(0))).toBe(true)
  })
})
