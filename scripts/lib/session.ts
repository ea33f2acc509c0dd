import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** One fence of a page that shows a terminal: what is typed, and what is printed. */
export interface Step {
  /** The line of its fence. */
  readonly line: number
  /** `console`: commands with their output. `keys`: keys that are pressed in the first terminal. */
  readonly kind: 'console' | 'keys'
  readonly text: string
}

/** A command of a step and the lines that follow it. */
export interface Command {
  readonly line: number
  /** Without `npx hookward`. */
  readonly args: readonly string[]
  readonly output: string
}

/** The steps of a page, in their order. */
export function stepsOf(page: string): readonly Step[] {
  return [...page.matchAll(/^```(console|keys)\n([\s\S]*?)^```$/gm)].map((fence) => ({
    line: page.slice(0, fence.index).split('\n').length,
    kind: fence[1] as Step['kind'],
    text: fence[2] ?? '',
  }))
}

/** The commands of a step: each begins with `$ npx hookward`. */
export function commandsOf({ line, text: shown }: Step): readonly Command[] {
  const parts = shown.split(/^\$ /m).slice(1)
  return parts.map((part) => {
    const [typed = '', ...output] = part.split('\n')
    if (!typed.startsWith('npx hookward ')) throw new Error(`line ${line}: ${typed} is no command of ours`)
    return { line, args: wordsOf(typed).slice(2), output: output.join('\n') }
  })
}

/** As a shell would take them apart: by blanks, but for what stands in double quotes. */
function wordsOf(typed: string): readonly string[] {
  return [...typed.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word)
}

/** What differs from run to run is masked: moments, spans, milliseconds, ports, and how far columns stand apart. */
export function masked(output: string): string {
  return output
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+\//g, 'ORIGIN/')
    .replaceAll(/ --url ORIGIN\//g, '')
    .replaceAll(/\b\d+(?:\.\d+)? ?(?:ms|min|[dhms])\b(?: \d+[hms]\b)?/g, 'SPAN')
    .replaceAll(/\b\d+ (more )?UTC days?/g, 'UTC days')
    .replaceAll(/\bdays \d+/g, 'days N')
    .replaceAll(/ +/g, ' ')
    .trim()
}

/** The first terminal of a page, in which the playground plays. */
export interface Playing {
  readonly url: string
  /** What it has printed until it could be used. */
  readonly output: string
  press(keys: string): Promise<void>
  end(): Promise<number | null>
}

const program = [process.execPath, '--import', 'tsx', 'src/cli.ts'] as const

/** Starts the playground on any port. */
export async function startPlaying(root: string, args: readonly string[]): Promise<Playing> {
  const [node, ...before] = program
  const child = spawn(node, [...before, ...args, '--port', '0'], { cwd: root, env: plainEnv({}) })
  let output = ''
  const hears = new Set<() => void>()
  const hear = (chunk: string) => {
    output += chunk
    for (const one of [...hears]) one()
  }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear)
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const until = (part: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!output.includes(part)) return
        hears.delete(look)
        resolve()
      }
      hears.add(look)
      void ended.then(() => reject(new Error(`ended without ${part}:\n${output}`)))
      look()
    })
  await until('q quits.\n')
  const [, url = ''] = /The dashboard: +(\S+)/.exec(output) ?? []
  return {
    url,
    output,
    press: async (keys) => {
      child.stdin.write(`${keys}\n`)
      await until('the receiver answers: ')
    },
    end: () => {
      child.stdin.end('q\n')
      return ended
    },
  }
}

/** Runs one command in the second terminal; stdout and stderr as they would stand there. */
export async function ran(root: string, args: readonly string[], url: string): Promise<string> {
  const [node, ...before] = program
  const child = spawn(node, [...before, ...args], { cwd: root, env: plainEnv({ HOOKWARD_URL: url }) })
  child.stdin.end()
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return out + err
}

function plainEnv(more: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', ...more }
}
