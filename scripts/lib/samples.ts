import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sample } from './markdown.ts'

/** How a command ended: its exit code, and all it wrote. */
export interface Ended {
  readonly code: number
  readonly output: string
}

const runMsMax = 60_000

/** A folder in which samples import `hookward` and get `src`. */
export class Sandbox {
  readonly #root: string
  readonly #folder: string

  constructor(root: string) {
    this.#root = root
    const cache = join(root, 'node_modules/.cache')
    mkdirSync(cache, { recursive: true })
    this.#folder = mkdtempSync(join(cache, 'samples-'))
    writeFileSync(join(this.#folder, 'package.json'), '{ "type": "module" }')
    installFromSource(root, join(this.#folder, 'node_modules/hookward'))
  }

  /** Type-checks all of them at once; the output is empty when they are right. */
  async check(samples: readonly Sample[]): Promise<string> {
    const files = samples.filter(({ language }) => language === 'ts').map((sample) => this.#write(sample))
    if (files.length === 0) return ''
    const compilerOptions = {
      types: ['node'],
      typeRoots: [join(this.#root, 'node_modules/@types')],
      moduleDetection: 'force',
    }
    const config = { extends: join(this.#root, 'tsconfig.json'), compilerOptions, files, include: [] }
    writeFileSync(join(this.#folder, 'tsconfig.json'), JSON.stringify(config))
    const { output } = await ended('node_modules/.bin/tsc', ['--noEmit', '-p', this.#folder], this.#root)
    return output.replaceAll(this.#folder, '')
  }

  /** Runs one in a directory of its own; `twice` runs it again in the same one. */
  async run(sample: Sample): Promise<Ended> {
    const file = this.#write(sample)
    const cwd = mkdtempSync(join(tmpdir(), 'hookward-sample-'))
    const once = () => ended(process.execPath, [...this.flags, file], cwd)
    try {
      const first = await once()
      return sample.mode === 'twice' && first.code === 0 ? await once() : first
    } finally {
      rmSync(cwd, { recursive: true, force: true })
    }
  }

  /** Writes a step of a walk; gives its path. */
  put(name: string, code: string): string {
    const file = join(this.#folder, name)
    writeFileSync(file, code)
    return file
  }

  /** What Node is started with, so that it finds the sources. */
  get flags(): readonly string[] {
    return ['--import', import.meta.resolve('tsx')]
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #write({ page, line, language, code }: Sample): string {
    return this.put(`${page.replaceAll('/', '.')}.line-${line}.${language}`, code)
  }
}

/** The package as its users see it, but for its sub-paths, which lead to the sources. */
function installFromSource(root: string, folder: string): void {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, { readonly default: string }>>
  }
  const sources = Object.entries(exports).map(([subpath, { default: built }]) => [subpath, sourceOf(built)])
  mkdirSync(folder, { recursive: true })
  const manifest = { name: 'hookward', type: 'module', exports: Object.fromEntries(sources) as object }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  symlinkSync(join(root, 'src'), join(folder, 'src'))
}

function sourceOf(built: string): string {
  return built.replace(/^\.\/dist\//, './src/').replace(/\.js$/, '.ts')
}

/** Runs it to its end, in a minute at most. */
export function ended(command: string, args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout: runMsMax, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      const late = error?.killed === true ? `\nstill running after ${runMsMax} ms` : ''
      resolve({ code, output: `${stdout}${stderr}${late}` })
    })
  })
}
