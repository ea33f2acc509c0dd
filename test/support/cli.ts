import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { main } from '../../src/cli/main.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

/** How a command ended, and what it wrote. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Reads stdout as JSON. */
  readonly json: () => unknown
}

export type Env = Readonly<Record<string, string | undefined>>

/** Somebody at a terminal: what they answer to questions, in that order. */
export interface Somebody {
  readonly answers?: readonly string[]
  readonly columns?: number
}

/** Runs a command in this process, off a terminal unless somebody sits at one. */
export async function hookward(args: readonly string[], env: Env = {}, somebody?: Somebody): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []]
  const answers = [...(somebody?.answers ?? [])]
  const terminal: Terminal = {
    out: (line) => out.push(`${line}\n`),
    say: (line) => err.push(`${line}\n`),
    progress: (line) => err.push(`${line}\r`),
    isInteractive: somebody !== undefined,
    showsProgress: somebody !== undefined,
    columns: somebody?.columns,
    paint: (same) => same,
    ask: (question) => {
      err.push(question)
      return Promise.resolve(answers.shift() ?? '')
    },
    keys: () => () => undefined,
  }
  const code = await main(args, terminal, env)
  return ranOf(code, out.join(''), err.join(''))
}

/** Runs a command in a process of its own; `input` is what stands in its stdin. */
export async function spawned(args: readonly string[], env: Env = {}, input = ''): Promise<Ran> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], {
    env: { PATH: process.env['PATH'], ...env },
  })
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return ranOf(code, stdout, stderr)
}

function ranOf(code: number | null, stdout: string, stderr: string): Ran {
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as unknown }
}
