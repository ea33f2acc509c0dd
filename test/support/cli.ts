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

/** What stands in stdin, where nobody sits at it. */
export interface Piped {
  readonly input: string
}

/** Runs a command in this process, off a terminal unless somebody sits at one. */
export function hookward(args: readonly string[], env: Env = {}, somebody?: Somebody | Piped): Promise<Ran> {
  return begun(args, env, somebody).ended
}

/** A command that is running. */
export interface Running {
  readonly ended: Promise<Ran>
  /** Resolves once this stands on stdout or stderr. */
  readonly until: (text: string) => Promise<void>
  /** Presses a key. */
  readonly press: (key: string) => void
}

/** The same, and what it writes meanwhile can be waited for. */
export function begun(args: readonly string[], env: Env = {}, whoever?: Somebody | Piped): Running {
  const [piped, somebody] = whoever === undefined || 'input' in whoever ? [whoever, undefined] : [undefined, whoever]
  const [out, err]: [string[], string[]] = [[], []]
  const waiting = new Set<() => void>()
  const written = (into: string[]) => (text: string) => {
    into.push(text)
    for (const look of waiting) look()
  }
  const keys = new Set<(key: string) => void>()
  const terminal = {
    ...terminalFor(written(out), written(err), somebody),
    input: () => Promise.resolve(piped?.input ?? ''),
    keys: (onKey: (key: string) => void) => {
      keys.add(onKey)
      return () => void keys.delete(onKey)
    },
  }
  const press = (key: string) => keys.forEach((onKey) => onKey(key))
  const until = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (![out, err].some((lines) => lines.join('').includes(text))) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  const ended = main(args, terminal, env).then((code) => ranOf(code, out.join(''), err.join('')))
  return { ended, until, press }
}

function terminalFor(
  out: (text: string) => void,
  err: (text: string) => void,
  somebody?: Somebody,
): Omit<Terminal, 'keys' | 'input'> {
  const answers = [...(somebody?.answers ?? [])]
  return {
    out: (line) => out(`${line}\n`),
    say: (line) => err(`${line}\n`),
    progress: (line) => err(`${line}\r`),
    isInteractive: somebody !== undefined,
    showsProgress: somebody !== undefined,
    columns: somebody?.columns,
    paint: (same) => same,
    ask: (question) => {
      err(question)
      return Promise.resolve(answers.shift() ?? '')
    },
  }
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
