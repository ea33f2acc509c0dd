import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { flagsOf } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'
import { hookward } from '../support/cli.ts'
import { aFolder } from '../support/world.ts'

/** Shared by all of them: zsh keeps there what it found out about its own functions. */
const scripts = mkdtempSync(join(tmpdir(), 'hookward-'))
afterAll(() => rmSync(scripts, { recursive: true, force: true }))

/** What a real shell offers at the end of a line, in a folder that holds one file. */
const shells = {
  bash: async (line: string) => {
    const words = line.split(' ').map((word) => `'${word}'`)
    const asked = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _hookward`
    const script = `${await scriptOf('bash')}\n${asked}; printf '%s\\n' "\${COMPREPLY[@]}"`
    return offered('bash', ['--norc', '-c', script], await aPlace())
  },
  zsh: async (line: string) => {
    writeFileSync(join(scripts, '_hookward'), await scriptOf('zsh'))
    return offered('zsh', ['-f', resolve('test/support/complete.zsh'), scripts, line], await aPlace())
  },
  fish: async (line: string) => {
    const script = join(scripts, 'hookward.fish')
    writeFileSync(script, await scriptOf('fish'))
    const asked = `source ${script}; complete -C '${line}'`
    return (await offered('fish', ['--no-config', '-c', asked], await aPlace())).map((one) => one.split('\t')[0] ?? '')
  },
} as const

describe.each(Object.entries(shells))('completion in %s', (shell, complete) => {
  const isHere = spawnSync(shell, ['--version']).status === 0
  const title = isHere ? '' : ` (skipped: no ${shell} here)`

  it.skipIf(!isHere)(
    `knows every command, and what follows one of two words${title}`,
    { timeout: 60_000 },
    async () => {
      const firsts = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))]
      expect(await complete('hookward ')).toEqual(expect.arrayContaining(firsts))
      expect(await complete('hookward expl')).toEqual(['explain'])
      expect([...(await complete('hookward --'))].sort()).toEqual(['--help', '--version'])
      expect([...(await complete('hookward store '))].sort()).toEqual(['check', 'fix', 'show'])
    },
  )

  it.skipIf(!isHere)(`knows every flag of every command${title}`, { timeout: 120_000 }, async () => {
    for (const command of commands) {
      const flags = Object.keys(flagsOf(command)).map((name) => `--${name}`)
      expect([...(await complete(`hookward ${command.name} --`))].sort(), command.name).toEqual(flags.sort())
    }
  })

  it.skipIf(!isHere)(`knows the words of an argument and of a flag${title}`, { timeout: 60_000 }, async () => {
    expect([...(await complete('hookward ls --sort '))].sort()).toEqual([
      'ledger',
      'name',
      'severity',
      'since',
      'waiting',
    ])
    expect(await complete('hookward ls --sort n')).toEqual(['name'])
    expect(await complete('hookward chart web')).toEqual(['webhook'])
    expect(await complete('hookward traces fl')).toEqual(['flapping'])
    expect(await complete('hookward replay bot --id dlv_1 --i')).toEqual(['--id'])
  })

  it.skipIf(!isHere)(`offers files where one is asked for${title}`, { timeout: 60_000 }, async () => {
    // bash does so by itself where nothing is offered.
    const files = shell === 'bash' ? [] : ['receivers.csv']
    for (const line of ['import ', 'store check ', 'ls --store ', 'simulate --history '])
      expect(await complete(`hookward ${line}`), line).toEqual(files)
    expect(await complete('hookward explain ')).not.toContain('receivers.csv')
  })
})

async function scriptOf(shell: string): Promise<string> {
  return (await hookward(['completion', shell])).stdout
}

async function aPlace(): Promise<string> {
  const place = await aFolder()
  writeFileSync(join(place, 'receivers.csv'), '')
  return place
}

function offered(shell: string, args: readonly string[], cwd: string): Promise<readonly string[]> {
  const { status, stderr, stdout } = spawnSync(shell, args, { cwd, encoding: 'utf8', timeout: 30_000 })
  expect([status, stderr]).toEqual([0, ''])
  return Promise.resolve(stdout.split('\n').filter((line) => line !== ''))
}
