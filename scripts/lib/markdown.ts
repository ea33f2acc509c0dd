import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** A page of the documentation, by its path from the root. */
export interface Page {
  readonly path: string
  readonly text: string
}

/** How a sample is treated: run once, run twice in the same directory, or type-checked only. */
export type Mode = 'run' | 'twice' | 'no-run'

/** One fenced `ts` block. */
export interface Sample {
  readonly page: string
  /** The line of its opening fence. */
  readonly line: number
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

/** The `ts` blocks of a page, in order. An info string after `ts` other than `twice` and `no-run` is refused. */
export function samplesOf({ path, text }: Page): readonly Sample[] {
  const samples: Sample[] = []
  for (const fence of text.matchAll(/^( *)```(\w*)(.*)\n([\s\S]*?)^\1```[ \t]*$/gm)) {
    const [, indent = '', language, info = '', code = ''] = fence
    if (language !== 'ts') continue
    const line = text.slice(0, fence.index).split('\n').length
    samples.push({ page: path, line, mode: modeOf(info.trim(), `${path}:${line}`), code: outdent(code, indent) })
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

function modeOf(info: string, where: string): Mode {
  if (info === '') return 'run'
  if (info === 'twice' || info === 'no-run') return info
  throw new Error(`${where}: a ts block is marked "${info}"; use nothing, "twice" or "no-run"`)
}

function outdent(code: string, indent: string): string {
  return indent === '' ? code : code.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
}
