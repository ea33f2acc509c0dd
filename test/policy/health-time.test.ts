import { expect, it } from 'vitest'
import { looked, restarted } from '../../src/policy/health-time.ts'

const pulse = { at: 1_000_000_000, lostMs: 500 }

it('loses nothing while the clock is looked at in time, however often', () => {
  const looks = [1, 30_000, 90_000].reduce((last, ms) => looked(last, last.at + ms), pulse)
  expect(looks).toEqual({ at: pulse.at + 120_001, lostMs: 500 })
})

it('loses the whole span of a look that is late by more than a minute', () => {
  expect(looked(pulse, pulse.at + 90_000).lostMs).toBe(500)
  expect(looked(pulse, pulse.at + 90_001)).toEqual({ at: pulse.at + 90_001, lostMs: 90_501 })
})

it('never goes back: it stands until a clock set back by a minute has caught up, and goes on where it was beyond that', () => {
  const health = ({ at, lostMs }: typeof pulse) => at - lostMs
  const slightly = looked(pulse, pulse.at - 60_000)
  expect(slightly).toEqual(pulse)
  expect(looked(slightly, pulse.at + 10)).toEqual({ at: pulse.at + 10, lostMs: 500 })
  const far = looked(pulse, pulse.at - 3_600_000)
  expect(far).toEqual({ at: pulse.at - 3_600_000, lostMs: 500 - 3_600_000 })
  expect(health(far)).toBe(health(pulse))
})

it('loses all the time in which no engine ran, be it ever so short or the clock set back meanwhile', () => {
  expect(restarted(pulse, pulse.at + 20)).toEqual({ at: pulse.at + 20, lostMs: 520 })
  expect(restarted(pulse, pulse.at - 20)).toEqual({ at: pulse.at - 20, lostMs: 480 })
})
