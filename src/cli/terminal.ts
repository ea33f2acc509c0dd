import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'

/** Colours that say what a word says already. */
export type Colour = 'red' | 'yellow' | 'green' | 'blue' | 'grey' | 'bold'

const codes: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  blue: [34, 39],
  grey: [90, 39],
  bold: [1, 22],
}

/** Where a command writes and asks: data to stdout, talk to stderr. */
export interface Terminal {
  /** Data: a line on stdout. */
  out(line: string): void
  /** Talk: a line on stderr. */
  say(line: string): void
  /** Writes over the last line of talk; on a terminal only. */
  progress(line: string): void
  /** Whether somebody is there to be asked. */
  readonly isInteractive: boolean
  /** Whether talk is read on a terminal. */
  readonly showsProgress: boolean
  /** How wide stdout is, when it is a terminal. */
  readonly columns: number | undefined
  paint(text: string, colour: Colour): string
  /** A line that somebody types; empty where they end it. */
  ask(question: string): Promise<string>
  /** All that stands in stdin, to its end. */
  input(): Promise<string>
  /** Keys as they are pressed, or lines where stdin is no terminal; the answer ends it. */
  keys(onKey: (key: string) => void): () => void
}

/** The part of a process that a terminal is made from. */
export interface ProcessLike {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The terminal of a process. Colours need one, and neither `NO_COLOR` nor `TERM=dumb`. */
export function terminalOf({ stdin, stdout, stderr, env }: ProcessLike): Terminal {
  const isColoured = stdout.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
  // Whoever stops reading early, as `head` does, has seen enough.
  stdout.on('error', () => process.exit())
  let isDrawn = false
  /** The line of progress makes room for what is written, and is drawn anew by whoever drew it. */
  const wiped = () => {
    if (isDrawn) stderr.write('\r\x1b[K')
    isDrawn = false
  }
  return {
    out: (line) => {
      wiped()
      stdout.write(`${line}\n`)
    },
    say: (line) => {
      wiped()
      stderr.write(`${line}\n`)
    },
    progress: (line) => {
      if (!stderr.isTTY) return
      wiped()
      stderr.write(line)
      isDrawn = line !== ''
    },
    isInteractive: stdin.isTTY && stderr.isTTY,
    showsProgress: stderr.isTTY,
    columns: stdout.isTTY ? stdout.columns : undefined,
    paint: (text, colour) => (isColoured ? `\x1b[${codes[colour][0]}m${text}\x1b[${codes[colour][1]}m` : text),
    ask: (question) => asked(stdin, stderr, question),
    input: () => text(stdin),
    keys: (onKey) => keysOf(stdin, onKey),
  }
}

/** Nothing, where somebody ends it by Ctrl-C or Ctrl-D in the place of an answer. */
async function asked(input: NodeJS.ReadStream, output: NodeJS.WriteStream, question: string): Promise<string> {
  const asking = createInterface({ input, output })
  const ended = new Promise<string>((resolve) => {
    asking.once('close', () => resolve(''))
    asking.once('SIGINT', () => asking.close())
  })
  try {
    return await Promise.race([asking.question(question).catch(() => ''), ended])
  } finally {
    asking.close()
  }
}

function keysOf(stdin: NodeJS.ReadStream, onKey: (key: string) => void): () => void {
  if (stdin.isTTY) stdin.setRawMode(true)
  let rest = ''
  const hear = (chunk: string) => {
    if (stdin.isTTY) {
      for (const key of Array.from(chunk)) onKey(key)
      return
    }
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach((line) => onKey(line.trim()))
  }
  stdin.setEncoding('utf8').on('data', hear).resume()
  return () => {
    stdin.off('data', hear).pause()
    if (stdin.isTTY) stdin.setRawMode(false)
  }
}
