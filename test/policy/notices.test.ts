import { describe, expect, it } from 'vitest'
import { noticeDue, type NoticeSchedule, type Story } from '../../src/policy/notices.ts'
import type { NoticeStep } from '../../src/domain/notice.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const brokenAt = Date.UTC(2024, 5, 1)

const schedule: NoticeSchedule = {
  brokenMs: hourMs,
  brokenFactor: 1.5,
  brokenMsMax: 12 * hourMs,
  healedMs: 7 * dayMs,
  warningsMs: [60 * hourMs, 24 * hourMs],
  remindersMs: [dayMs, 3 * dayMs, 7 * dayMs],
}

const story: Story = { state: 'broken', brokenAt, next: undefined, longestHealedMs: 0, told: new Map() }
const told = (...steps: readonly NoticeStep[]) => new Map(steps.map((step) => [step, brokenAt] as const))
const dueAt = (over: Partial<Story>, at: number) => noticeDue(schedule, { ...story, ...over }, at)

describe('that it is broken', () => {
  it.each([
    ['nothing healed of late', 0, 1],
    ['what healed was short', 0.5, 1],
    ['what healed took two hours', 2, 3],
    ['what healed took a day', 24, 12],
  ])('is told in time when %s', (_, healedHours, hours) => {
    const over = { longestHealedMs: healedHours * hourMs }
    const at = brokenAt + hours * hourMs
    expect(dueAt(over, at - 1)).toEqual({ nextAt: at })
    expect(dueAt(over, at)).toEqual({ due: { kind: 'broken', step: 'broken', at } })
    expect(dueAt({ ...over, told: told('broken') }, at)).toEqual({})
  })

  it.each(['healthy', 'degraded', 'paused', 'quarantined'] as const)('is not told of one that is %s', (state) => {
    expect(dueAt({ state }, brokenAt + dayMs)).toEqual({})
  })

  it('is not told weeks late, when nobody is sure any more that it was not', () => {
    expect(dueAt({}, brokenAt + 15 * dayMs)).toEqual({})
  })
})

describe('the warnings', () => {
  const disabledAt = brokenAt + 120 * hourMs
  const next = { to: 'disabled', at: disabledAt, unless: 'it answers' } as const
  const over = { next, told: told('broken') }

  it('come 60 and 24 hours before', () => {
    expect(dueAt(over, disabledAt - 60 * hourMs - 1)).toEqual({ nextAt: disabledAt - 60 * hourMs })
    expect(dueAt(over, disabledAt - 60 * hourMs)).toEqual({
      due: { kind: 'warning', step: 'warning-1', at: disabledAt - 60 * hourMs },
      nextAt: disabledAt - 24 * hourMs,
    })
    const first = { next, told: told('broken', 'warning-1') }
    expect(dueAt(first, disabledAt - 24 * hourMs - 1)).toEqual({ nextAt: disabledAt - 24 * hourMs })
    expect(dueAt(first, disabledAt - 24 * hourMs).due?.step).toBe('warning-2')
  })

  it('are not given while something but time is missing, nor of anything else to come', () => {
    expect(dueAt({ told: told('broken') }, disabledAt - hourMs)).toEqual({})
    expect(dueAt({ ...over, next: { ...next, to: 'healthy' } }, disabledAt - hourMs)).toEqual({})
  })

  it('are one, the later, when both are due at once, and the first does not follow', () => {
    expect(dueAt({ next }, disabledAt - hourMs)).toEqual({
      due: { kind: 'warning', step: 'warning-2', at: disabledAt - 24 * hourMs },
    })
    expect(dueAt({ next, told: told('warning-2') }, disabledAt - hourMs)).toEqual({})
  })

  it('do not go back when the moment moves away', () => {
    const moved = { next: { ...next, at: disabledAt + 30 * hourMs }, told: told('warning-2') }
    expect(dueAt(moved, disabledAt - 24 * hourMs).due).toBeUndefined()
  })
})

describe('the reminders', () => {
  const off = { state: 'disabled' as const, told: new Map<NoticeStep, number>([['disabled', brokenAt]]) }

  it('come after one, three and seven days', () => {
    expect(dueAt(off, brokenAt + dayMs - 1)).toEqual({ nextAt: brokenAt + dayMs })
    expect(dueAt(off, brokenAt + dayMs)).toMatchObject({ due: { step: 'reminder-1' }, nextAt: brokenAt + 3 * dayMs })
    for (const [n, days] of [3, 7].entries()) {
      const so = { ...off, told: new Map([...off.told, [`reminder-${n + 1}` as NoticeStep, brokenAt] as const]) }
      expect(dueAt(so, brokenAt + days * dayMs - 1)).toEqual({ nextAt: brokenAt + days * dayMs })
      expect(dueAt(so, brokenAt + days * dayMs)).toMatchObject({ due: { step: `reminder-${n + 2}` } })
    }
    const last = { ...off, told: new Map([...off.told, ['reminder-3', brokenAt + 7 * dayMs] as const]) }
    expect(dueAt(last, brokenAt + 8 * dayMs)).toEqual({})
  })

  it('are one when several are due at once', () => {
    expect(dueAt(off, brokenAt + 4 * dayMs)).toMatchObject({
      due: { step: 'reminder-2' },
      nextAt: brokenAt + 7 * dayMs,
    })
  })

  it('are not given of one whose disabling was not told', () => {
    expect(dueAt({ state: 'disabled' }, brokenAt + dayMs)).toEqual({})
  })
})
