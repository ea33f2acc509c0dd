import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

/** Why there is no pseudo-terminal here; `undefined` where there is one. */
export const noTerminal = whyNone()

/** A command at a terminal of its own. */
export interface Session {
  /** What stands on it so far, with all that steers it. */
  readonly screen: () => string
  /** Resolves once this text stands on it, counted from the last time; rejects when the command ends before. */
  readonly until: (text: string) => Promise<void>
  readonly type: (keys: string) => void
  /** The exit code of the command. */
  readonly ended: Promise<number | null>
}

/** Runs `hookward` at a pseudo-terminal: a real one, made by `script` of util-linux. */
export function atTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): Session {
  // Without a shell in between, which would end by itself at Ctrl-C.
  const command = ['exec', ...[process.execPath, '--import', 'tsx', 'src/cli.ts', ...args].map(quoted)].join(' ')
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    env: { PATH: process.env['PATH'], TERM: 'xterm-256color', ...env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let [screen, seen, isOver] = ['', 0, false]
  const looks = new Set<() => void>()
  const look = () => {
    for (const one of [...looks]) one()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text
    look()
  })
  const ended = once(child, 'close').then(([code]) => {
    isOver = true
    look()
    return code as number | null
  })
  const until = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const one = () => {
        const at = screen.indexOf(text, seen)
        if (at < 0 && !isOver) return
        looks.delete(one)
        if (at < 0) {
          reject(new Error(`ended without ${JSON.stringify(text)}:\n${screen}`))
          return
        }
        seen = at + text.length
        resolve()
      }
      looks.add(one)
      one()
    })
  return { screen: () => screen, until, type: (keys) => void child.stdin.write(keys), ended }
}

function whyNone(): string | undefined {
  const { status, stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' })
  if (status !== 0 || !stdout.includes('util-linux')) return 'there is no script of util-linux here'
  const tried = spawnSync('script', ['-qfec', 'test -t 1', '/dev/null'])
  return tried.status === 0 ? undefined : 'no pseudo-terminal can be opened here'
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
