import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

it.each([
  ['--plant', 'nonsense', '--plant takes ack-before-flush, '],
  ['--policy', 'strict', '--policy takes standard, sentry, not strict'],
  ['--kills', 'many', '--kills takes a whole number from 1, not many'],
  ['--speed', '1', "Unknown option '--speed'"],
])('refuses %s %s in one sentence, with exit 2', (option, value, sentence) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'scripts/torture.ts', option, value],
    {
      encoding: 'utf8',
    },
  )
  expect([status, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1])
  expect(stderr).toContain(sentence)
})
