import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { walkOf, type WalkStep } from '../scripts/lib/markdown.ts'
import { ended, Sandbox } from '../scripts/lib/samples.ts'
import { masked } from '../scripts/lib/session.ts'

const root = process.cwd()
const path = 'docs/tutorials/first-steps.md'
const steps = walkOf({ path, text: readFileSync(path, 'utf8') })
const walkMsMax = 120_000
/** Where the files are that the page has named so far. */
const files = new Map<string, string>()

let sandbox: Sandbox
let folder: string
beforeAll(() => {
  sandbox = new Sandbox(root)
  folder = mkdtempSync(join(tmpdir(), 'hookward-first-steps-'))
})
afterAll(() => {
  sandbox.remove()
  rmSync(folder, { recursive: true, force: true })
})

describe('the first steps', () => {
  it(
    'print what the page shows, command by command',
    async () => {
      expect(steps.filter(({ kind }) => kind === 'file')).toHaveLength(4)
      for (const step of steps) await take(step)
    },
    walkMsMax,
  )
})

async function take(step: WalkStep): Promise<void> {
  if (step.kind === 'file') {
    files.set(step.name, sandbox.put(step.name, step.code))
    return
  }
  const { typed, output, line } = step
  if (typed === 'node dashboard.mjs') return look(typed, output)
  const { code, output: printed } = await ended(process.execPath, argsOf(typed), folder)
  expect(code, printed).toBe(0)
  if (!typed.includes('--test')) expect(told(printed), `line ${line}: ${typed}`).toBe(told(output))
}

/** The one that goes on: it prints an address, answers there, and ends by Ctrl-C. */
async function look(typed: string, output: string): Promise<void> {
  const child = spawn(process.execPath, argsOf(typed), { cwd: folder })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [printed] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  expect(told(printed)).toBe(told(output))
  const page = await fetch(printed.trim())
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<!doctype html>')])
  const end = once(child, 'exit')
  child.kill('SIGINT')
  expect(await end).toEqual([0, null])
}

/** As typed, but for where the files are and where the package comes from. */
function argsOf(typed: string): readonly string[] {
  const [command, ...words] = typed.split(' ')
  const start = command === 'npx' ? [join(root, 'src/cli.ts'), ...words.slice(1)] : words
  return [...sandbox.flags, ...start.map((word) => files.get(word) ?? word)]
}

function told(output: string): string {
  return masked(output)
    .replaceAll(/\bdlv_[0-9a-f]{32}\b/g, 'DELIVERY')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'ORIGIN')
}
