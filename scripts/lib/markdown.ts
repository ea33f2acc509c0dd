import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** A page of the documentation, by its path from the root. */
export interface Page {
  readonly path: string
  readonly text: string
}

/** How a sample is treated: run once, run twice in the same directory, or type-checked only. */
export type Mode = 'run' | 'twice' | 'no-run'

/** One fenced `ts` block, or a `js` one, whose types are nobody's concern. */
export interface Sample {
  readonly page: string
  /** The line of its opening fence. */
  readonly line: number
  readonly language: 'ts' | 'js'
  readonly mode: Mode
  readonly code: string
}

/** README.md and every page under docs, those that exist. */
export function readPages(root: string): readonly Page[] {
  const docs = existsSync(join(root, 'docs'))
    ? readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    : []
  return ['README.md', ...docs.map((path) => posix.join('docs', path.replaceAll('\\', '/'))).sort()]
    .filter((path) => path.endsWith('.md') && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/**
 * The `ts` and `js` blocks of a page, in order. An info string other than `twice` and `no-run` is refused, but for the name
 * of a file: such a block is a step of a walk, see {@link walkOf}.
 */
export function samplesOf({ path, text }: Page): readonly Sample[] {
  const samples: Sample[] = []
  for (const fence of text.matchAll(/^( *)```(\w*)(.*)\n([\s\S]*?)^\1```[ \t]*$/gm)) {
    const [, indent = '', language, info = '', code = ''] = fence
    if ((language !== 'ts' && language !== 'js') || isFile(info)) continue
    const line = text.slice(0, fence.index).split('\n').length
    const mode = modeOf(info.trim(), `${path}:${line}`, language)
    samples.push({ page: path, line, language, mode, code: outdent(code, indent) })
  }
  return samples
}

const generated = /<!-- generated:([\w:.-]+) -->\n[\s\S]*?<!-- \/generated -->/g

/** The page with the text between its markers made anew. `make` throws for a name it does not know. */
export function withGenerated({ path, text }: Page, make: (name: string) => string): Page {
  const made = text.replace(
    generated,
    (_, name: string) => `<!-- generated:${name} -->\n\n${make(name).trim()}\n\n<!-- /generated -->`,
  )
  return { path, text: made }
}

/** A step of a page that is walked through from top to bottom: a file to write, or a command to type. */
export type WalkStep =
  | { readonly kind: 'file'; readonly name: string; readonly code: string }
  | { readonly kind: 'command'; readonly line: number; readonly typed: string; readonly output: string }

/** Its `js` blocks that name a file, and the commands of its `console` blocks with what they print, in order. */
export function walkOf({ text }: Page): readonly WalkStep[] {
  return [...text.matchAll(/^```(js|console)(.*)\n([\s\S]*?)^```$/gm)].flatMap((fence): readonly WalkStep[] => {
    const [, language, info = '', body = ''] = fence
    if (language === 'js') return isFile(info) ? [{ kind: 'file', name: info.trim(), code: body }] : []
    const line = text.slice(0, fence.index).split('\n').length
    const parts = body.split(/^\$ /m).slice(1)
    return parts.map((part) => {
      const [typed = '', ...output] = part.split('\n')
      return { kind: 'command', line, typed, output: output.join('\n') }
    })
  })
}

function isFile(info: string): boolean {
  return /^ [\w.-]+\.mjs$/.test(info)
}

function modeOf(info: string, where: string, language: string): Mode {
  if (info === '') return 'run'
  if (info === 'twice' || info === 'no-run') return info
  throw new Error(`${where}: a ${language} block is marked "${info}"; use nothing, "twice" or "no-run"`)
}

function outdent(code: string, indent: string): string {
  return indent === '' ? code : code.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
}
