import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { arrowsOf, mermaid } from '../scripts/lib/chart.ts'
import { outOfDate } from '../scripts/lib/generated.ts'
import { brokenLinks, readPages, samplesOf, withGenerated, type Sample } from '../scripts/lib/markdown.ts'
import { Sandbox } from '../scripts/lib/samples.ts'

const root = process.cwd()
const pages = readPages(root)
const samples = pages.flatMap(samplesOf)
const toRun = samples.filter(({ mode }) => mode !== 'no-run')
const sampleMsMax = 130_000

let sandbox: Sandbox
beforeAll(() => {
  sandbox = new Sandbox(root)
})
afterAll(() => sandbox.remove())

describe('the pages', () => {
  it('hold the charts and tables of the code as it is (npm run docs writes them anew)', () => {
    expect(outOfDate(root).map(({ path }) => path)).toEqual([])
  })

  it('link to files that exist', () => {
    expect(pages.flatMap((page) => brokenLinks(root, page))).toEqual([])
  })
})

describe('the samples', () => {
  it(
    'are right in their types',
    async () => {
      expect(await sandbox.check(samples)).toBe('')
    },
    sampleMsMax,
  )

  it.each(toRun.map((sample) => [`${sample.page}:${sample.line}`, sample] as const))(
    'run: %s',
    async (_, sample) => {
      const { code, output } = await sandbox.run(sample)
      expect(code, output).toBe(0)
    },
    sampleMsMax,
  )
})

describe('the checks themselves', () => {
  it('find each ts block, its line and how it is to be run', () => {
    const text = [
      '```ts',
      'one()',
      '```',
      'and in a list',
      '  ```ts twice',
      '  two()',
      '  ```',
      '```ts no-run',
      '```',
      '```sh',
      'npm i',
      '```',
    ].join('\n')
    expect(samplesOf({ path: 'a.md', text })).toEqual([
      { page: 'a.md', line: 1, mode: 'run', code: 'one()\n' },
      { page: 'a.md', line: 5, mode: 'twice', code: 'two()\n' },
      { page: 'a.md', line: 8, mode: 'no-run', code: '' },
    ])
    expect(() => samplesOf({ path: 'a.md', text: '```ts later\n```' })).toThrow('a.md:1: a ts block is marked "later"')
  })

  it('see a wrong type', async () => {
    const wrong = aSample(`import { integration } from 'hookward/machines'\nexport const id: number = integration.id\n`)
    expect(await sandbox.check([wrong])).toContain(`planted.md.line-1.ts(2,14): error TS2322`)
  })

  it('see a sample that fails, and run another twice in the same directory', async () => {
    const failing = await sandbox.run(aSample(`throw new Error('planted')`))
    expect(failing).toMatchObject({ code: 1, output: expect.stringContaining('planted') as string })

    const counting = `import { appendFileSync, readFileSync } from 'node:fs'
import { integration } from 'hookward/machines'
appendFileSync('runs', integration.id + ' ')
console.log(readFileSync('runs', 'utf8'))`
    const twice = await sandbox.run({ ...aSample(counting), mode: 'twice' })
    expect(twice).toEqual({ code: 0, output: 'integration-v1 integration-v1 \n' })
  })

  it('see text between markers that is old, a name nobody makes, and a link to nowhere', () => {
    const page = {
      path: 'a.md',
      text: '<!-- generated:x -->\nold\n<!-- /generated -->\n[there](gone.md) [here](README.md#top)',
    }
    expect(withGenerated(page, (name) => `new ${name}`).text).toContain('-->\n\nnew x\n\n<!--')
    expect(brokenLinks(`${root}/docs`, page)).toEqual(['a.md links to gone.md, which does not exist'])
  })

  it('draw nested states, guards, invoked actors and ends', () => {
    const machine = {
      initial: 'up',
      states: {
        up: {
          initial: 'idle',
          on: { stop: '#down', poke: { guard: 'mayPoke' } },
          states: { idle: { always: { guard: { type: 'is', params: { n: 2 } }, target: 'busy' } }, busy: {} },
        },
        down: { id: 'down', invoke: { src: 'sweep', onDone: 'end' } },
        end: { type: 'final' },
      },
    }
    expect(mermaid(machine).split('\n').slice(2, -1)).toEqual([
      '  [*] --> up',
      '  state "up" as up {',
      '    [*] --> up_idle',
      '    state "idle" as up_idle',
      '    state "busy" as up_busy',
      '  }',
      '  state "down" as down',
      '  state "end" as end',
      '  up --> down: stop',
      '  up_idle --> up_busy: [is 2]',
      '  down --> end: sweep succeeds',
      '  end --> [*]',
    ])
    expect(arrowsOf(machine)).toContainEqual({ from: 'up', to: undefined, signal: 'poke', guard: 'mayPoke' })
  })
})

function aSample(code: string): Sample {
  return { page: 'planted.md', line: 1, mode: 'run', code }
}
