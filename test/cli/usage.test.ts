import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { flagsOf } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'
import { Flags } from '../../src/cli/flags.ts'
import { jsonText, plain, spanText } from '../../src/cli/words.ts'
import { hookward, spawned } from '../support/cli.ts'

describe('usage', () => {
  it('is all commands on stderr with exit code 2 when none is given, and on stdout with 0 when it is asked for', async () => {
    const [none, help] = [await hookward([]), await hookward(['--help'])]
    expect([none.code, none.stdout, help.code, help.stderr]).toEqual([2, '', 0, ''])
    expect(none.stderr).toBe(help.stdout)
    for (const { name, about } of commands) expect(help.stdout).toMatch(new RegExp(`^ {2}${name}.* {2}${about}$`, 'm'))
  })

  it.each(commands.map((command) => [command.name, command] as const))(
    'of %s names each of its flags',
    async (name, command) => {
      const { code, stdout } = await hookward([...name.split(' '), '--help'])
      expect(code).toBe(0)
      for (const flag of Object.keys(flagsOf(command))) expect(stdout).toContain(`  --${flag}`)
      for (const argument of command.args ?? [])
        expect(stdout).toContain(`  ${argument.isOptional === true ? '[' : ''}${argument.name}`)
    },
  )

  it('says which version this is', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(await hookward(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` })
  })

  it.each([
    [['foo'], 'UNKNOWN_COMMAND: there is no command "foo"'],
    [['store'], 'UNKNOWN_COMMAND: store is store check, store show, store fix'],
    [['store', 'burn', '.'], 'UNKNOWN_COMMAND: store is store check'],
    [['explain'], 'USAGE: SLUG is missing: the slug of an integration'],
    [['ls', 'more'], 'USAGE: "more" is one argument too many'],
    [['ls', '--what'], "USAGE: Unknown option '--what'"],
    [['ls', '--state', 'fine'], 'USAGE: --state is none of healthy, degraded'],
    [['ls', '--limit', 'ten'], 'USAGE: --limit is not a whole number'],
    [['ls', '--limit'], "USAGE: Option '--limit <value>' argument missing"],
    [['log', 'bot', '--since', 'soon'], 'USAGE: --since is neither a date'],
    [['completion', 'csh'], 'USAGE: SHELL is "csh", and none of bash, zsh, fish'],
    [['ls', '--url', 'nowhere'], 'USAGE: --url is no address'],
    [['ls', '--url', 'ftp://host/'], 'USAGE: --url is neither http nor https'],
    [['migrate', '--to', 'mars'], 'USAGE: --to is none of restate'],
    [['migrate', '--to', 'restate', '--dir', '.'], 'USAGE: --ingress is missing'],
    [['migrate', '--ingress', 'http://127.0.0.1:1/'], 'USAGE: --dir is missing'],
    [['migrate', '--ingress', 'http://127.0.0.1:1/', '--dir', '.'], 'USAGE: HOOKWARD_KEY is missing'],
    [['simulate'], 'USAGE: one of SLUG, --history and --trace'],
    [['simulate', '--trace', 'steady', '--set', 'x'], 'USAGE: --set is not a name'],
  ])('tells what is wrong with %j, and exits with 2', async (args, fact) => {
    const { code, stdout, stderr } = await hookward(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(fact)
  })

  it('tells it as JSON where JSON is asked for', async () => {
    for (const args of [['foo'], ['explain']]) {
      const { code, stderr } = await hookward([...args, '--json'])
      expect([code, Object.keys(JSON.parse(stderr) as object)]).toEqual([2, ['code', 'fact', 'nextStep']])
    }
  })

  it(
    'keeps data on stdout and talk on stderr, without colour, in a process of its own',
    { timeout: 60_000 },
    async () => {
      const well = await spawned(['traces', '--json'])
      expect([well.code, well.stderr]).toEqual([0, ''])
      expect(well.json()).toContainEqual(expect.objectContaining({ trace: 'flapping' }))
      const ill = await spawned(['ls', '--url', 'http://127.0.0.1:1/'], { FORCE_COLOR: '1' })
      expect([ill.code, ill.stdout, ill.stderr]).toEqual([
        1,
        '',
        expect.stringMatching(/^ENGINE_UNREACHABLE: [^\u001b]*$/),
      ])
    },
  )
})

describe('moments', () => {
  const now = Date.UTC(2026, 4, 1)
  it.each([
    ['2h', now - 7_200_000],
    ['1d 12h', now - 129_600_000],
    ['2026-04-30T12:00:00Z', Date.UTC(2026, 3, 30, 12)],
    ['1777593600000', 1_777_593_600_000],
  ])('are a span ago, a date or milliseconds: %s', (text, at) => {
    expect(new Flags({ since: text }, () => now).moment('since')).toBe(at)
  })
})

describe('what is printed', () => {
  it('cannot steer a terminal, neither as text nor as JSON', () => {
    const hostile = 'a\u001b[2Jb\u009bc\u202ed\u2028e\r\n'
    expect(plain(hostile)).toBe('a [2Jb c d e  ')
    expect(jsonText({ hostile })).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\u2028]/)
    expect(JSON.parse(jsonText({ hostile }))).toEqual({ hostile })
  })

  it.each([
    [0, '0s'],
    [59_499, '59s'],
    [61_000, '1m 1s'],
    [3_600_000, '1h'],
    [90_061_000, '1d 1h'],
    [-5, '0s'],
  ])('%i ms is %s', (ms, text) => {
    expect(spanText(ms)).toBe(text)
  })
})
