import { afterAll, beforeAll, expect, it } from 'vitest'
import { Sandbox } from '../../scripts/lib/samples.ts'
import { importsOf, readSources } from '../../scripts/lib/source.ts'

const root = process.cwd()
let sandbox: Sandbox
beforeAll(() => {
  sandbox = new Sandbox(root)
})
afterAll(() => sandbox.remove())

it('what users test with asks for no test runner', () => {
  const imports = importsOf(readSources(root, 'src')).filter(({ from }) => from.startsWith('src/testing'))
  const outside = imports.filter(({ isOurs }) => !isOurs).map(({ to }) => to)
  expect(outside.length).toBeGreaterThan(0)
  expect(outside.filter((name) => name === 'node:test' || !name.startsWith('node:'))).toEqual([])
})

it.each([
  [`'warning', 'disabled'`, 0, 'pass 1'],
  [`'disabled', 'warning'`, 1, 'expected mails to ops@acme.dev in the order disabled, warning'],
])('a world works under node:test, where mails in the order %s end with %d', async (kinds, code, words) => {
  const body = `
import { test } from 'node:test'
import { world } from 'hookward/testing'
test('owners are warned', async () => {
  const w = await world({ policy: 'standard' })
  await w.register('bot')
  w.receiver('bot').answer(503)
  w.every('6h')
  await w.run('7d')
  w.mailbox.to('ops@acme.dev').expectInOrder(${kinds})
  w.expectWell()
})`
  const ended = await sandbox.run({ page: 'runner.md', line: code, language: 'ts', mode: 'run', code: body })
  expect(ended.code, ended.output).toBe(code)
  expect(ended.output).toContain(words)
}, 60_000) // prettier-ignore
