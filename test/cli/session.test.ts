import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { commandsOf, masked, ran, startPlaying, stepsOf, type Step } from '../../scripts/lib/session.ts'

const root = process.cwd()
const [first, ...others] = stepsOf(readFileSync('docs/tutorials/terminal.md', 'utf8'))

describe('the session at the terminal', () => {
  it('prints what the page shows, command by command', { timeout: 120_000 }, async () => {
    const [begin] = commandsOf(first as Step)
    const playing = await startPlaying(root, begin?.args ?? [])
    onTestFinished(async () => {
      await playing.end()
    })
    expect(masked(playing.output)).toBe(masked(begin?.output ?? ''))
    expect(others.length).toBeGreaterThan(8)
    for (const step of others) {
      if (step.kind === 'keys') await playing.press(step.text.trim())
      else
        for (const { args, line, output } of commandsOf(step))
          expect(masked(await ran(root, args, playing.url)), `line ${line}: ${args.join(' ')}`).toBe(masked(output))
    }
    expect(await playing.end()).toBe(0)
  })
})

describe('the checks themselves', () => {
  it('take a page apart into commands, their output and keys', () => {
    const page =
      'a\n```console\n$ npx hookward ls --search "a b"\none\ntwo\n$ npx hookward demo\n```\n```sh\nx\n```\n```keys\n1\n```\n'
    const [shown, pressed] = stepsOf(page)
    expect(shown && commandsOf(shown)).toEqual([
      { line: 2, args: ['ls', '--search', 'a b'], output: 'one\ntwo\n' },
      { line: 2, args: ['demo'], output: '' },
    ])
    expect(pressed).toEqual({ line: 11, kind: 'keys', text: '1\n' })
    expect(() => commandsOf({ line: 1, kind: 'console', text: '$ rm -rf .\n' })).toThrow('is no command of ours')
  })

  it('mask what differs from run to run, and nothing else', () => {
    const one =
      'bot  broken since 2026-05-01T08:00:00Z (1h 14m): 10 of 12 after 3 ms, 24 held at http://127.0.0.1:4774/x\n'
    const other = 'bot broken since 2025-01-01T00:00:01Z (59s): 10 of 12 after 20 ms, 24 held at http://127.0.0.1:1/x'
    expect(masked(one)).toBe(masked(other))
    expect(masked(one)).toBe('bot broken since TIME (SPAN): 10 of 12 after SPAN, 24 held at ORIGIN/x')
    for (const [was, is] of [
      ['10 of', '11 of'],
      ['24 held', '23 held'],
      ['broken', 'healthy'],
    ] as const)
      expect(masked(one.replace(was, is))).not.toBe(masked(one))
  })
})
