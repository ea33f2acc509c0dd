import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fieldTable, membersOf, methodTable, unexplained } from '../scripts/lib/api.ts'
import { arrowsOf, lifeChart, mermaid } from '../src/cli/chart/drawing.ts'
import { outOfDate } from '../scripts/lib/generated.ts'
import { brokenLinks, externalLinks, linkedPages } from '../scripts/lib/links.ts'
import { readPages, samplesOf, withGenerated, type Sample } from '../scripts/lib/markdown.ts'
import { Sandbox } from '../scripts/lib/samples.ts'
import { attemptHeaders } from '../src/policy/headers.ts'
import { importSecret } from '../src/policy/signature.ts'
import { createHookward, memoryStore, type EventName } from '../src/index.ts'

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

  it('link to files and headings that exist', () => {
    expect(linkedPages(root).flatMap((page) => brokenLinks(root, page))).toEqual([])
  })

  it('link to nothing outside but by https', () => {
    const outside = [...externalLinks(linkedPages(root)).keys()]
    expect(outside.filter((link) => !URL.canParse(link) || !link.startsWith('https://'))).toEqual([])
    expect(outside.length).toBeGreaterThan(10)
  })
})

describe('the reference of the interface', () => {
  const tables = pages.find(({ path }) => path === 'docs/reference/api.md')?.text ?? ''
  const rowsOf = (part: string) => {
    const [, text = ''] = tables.split(`<!-- generated:${part} -->`)
    const [own = ''] = text.split('<!-- /generated -->')
    return [...own.matchAll(/^\| `([\w.]+)/gm)].map(([, name = '']) => name)
  }

  it('has a row for each method of a running engine, and for nothing else', async () => {
    const hookward = await createHookward({ store: memoryStore() })
    const { integrations, installations, ...own } = hookward
    expect(rowsOf('methods:Hookward').sort()).toEqual(Object.keys(own).sort())
    const dotted = (name: string, part: object) => Object.keys(part).map((method) => `${name}.${method}`)
    expect(rowsOf('methods:Integrations').sort()).toEqual(dotted('integrations', integrations).sort())
    expect(rowsOf('methods:Installations').sort()).toEqual(dotted('installations', installations).sort())
    await hookward.stop()
  })

  it('has a row for each option that createHookward knows, and for nothing else', async () => {
    const refusal = createHookward({ surely: 'unknown' } as never)
    const message = await refusal.then(() => 'nothing was refused', String)
    const [, known = ''] = /known: ([\w, ]+)\)/.exec(message) ?? []
    expect(rowsOf('fields:HookwardOptions').sort()).toEqual(known.split(', ').sort())
  })

  it('has a row for each event that is ever told, and for nothing else', () => {
    // A name that is missing here is an error of types.
    const told: Readonly<Record<EventName, true>> = {
      ...{ delivered: true, 'delivery.failed': true, 'delivery.dead': true },
      ...{ degraded: true, broken: true, disabled: true, recovered: true, quarantined: true },
      ...{ 'delivery.expired': true, 'ledger.filling': true, 'notice.failed': true, 'store.failed': true },
      ...{ 'notice.sent': true, 'notice.delayed': true },
      ...{ frozen: true, thawed: true, shadow: true, holding: true, 'spool.refused': true },
    }
    expect(rowsOf('events').sort()).toEqual(Object.keys(told).sort())
  })
})

describe('the page for receivers', () => {
  it('explains each header that is sent, and no other', () => {
    const keys = [importSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')] as const
    const ids = { topic: 'a.b', deliveryId: 'dlv_1', installationId: 'i', seed: '1'.repeat(32) }
    const trace = { traceparent: `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01`, tracestate: 'a=1' }
    const made = { body: new Uint8Array(), at: 0, requestId: '2', trace }
    const sent = attemptHeaders({ ...ids, keys, custom: {}, ...made })
    const { text = '' } = pages.find(({ path }) => path === 'docs/how-to/receive.md') ?? {}
    const [table = ''] = text.split('## Is it genuine?')
    const told = [...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, name = '']) => name)
    expect(told).toEqual(Object.keys(sent))
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
  it('find each ts and js block, its line and how it is to be run', () => {
    const text = [
      '```ts',
      'one()',
      '```',
      'and in a list',
      '  ```ts twice',
      '  two()',
      '  ```',
      '```js no-run',
      '```',
      '```js step.mjs',
      '```',
      '```sh',
      'npm i',
      '```',
    ].join('\n')
    expect(samplesOf({ path: 'a.md', text })).toEqual([
      { page: 'a.md', line: 1, language: 'ts', mode: 'run', code: 'one()\n' },
      { page: 'a.md', line: 5, language: 'ts', mode: 'twice', code: 'two()\n' },
      { page: 'a.md', line: 8, language: 'js', mode: 'no-run', code: '' },
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

  it('see text between markers that is old', () => {
    const page = {
      path: 'a.md',
      text: '<!-- generated:x -->\nold\n<!-- /generated -->',
    }
    expect(withGenerated(page, (name) => `new ${name}`).text).toContain('-->\n\nnew x\n\n<!--')
  })

  it('see a link to no file and to no heading, and leave code and what is outside alone', () => {
    const text = [
      '# A `b`: c',
      '[gone](gone.md) [here](#a-b-c) [nowhere](#d) [there](README.md#documentation) [not there](README.md#e)',
      '`[code](code.md)` [out](https://example.com)',
    ].join('\n')
    const page = { path: 'a.md', text }
    expect(brokenLinks(`${root}/docs`, page)).toEqual([
      'a.md links to gone.md, which does not exist',
      'a.md links to #d, and a.md has no such heading',
      'a.md links to README.md#e, and README.md has no such heading',
    ])
    expect([...externalLinks([page])]).toEqual([['https://example.com', ['a.md']]])
  })

  it('read fields, defaults and methods of an interface that is exported, and of no other', () => {
    const declared = `export interface A {
      /** What it is, see {@link B}. @default none */
      readonly a?: readonly string[]
      bare: number
      /** Does it. */
      run(one: string, two?: number): void
    }`
    const sources = new Map([
      ['src/index.ts', `export type { A } from './a.ts'`],
      ['src/a.ts', declared],
    ])
    const members = membersOf(sources, 'A')
    expect(fieldTable(members.slice(0, 1))).toContain('| `a`   | `string[]` | none    | What it is, see `B`. |')
    expect(methodTable(members, 'x.')).toContain('| `x.run(one, two?)` | Does it.     |')
    expect(unexplained(members)).toEqual(['bare'])
    expect(() => membersOf(sources, 'B')).toThrow('the package exports no B')
  })

  it('draw a table of states and where it ends', () => {
    const drawn = lifeChart({ up: ['up', 'down'], down: [] }, 'up')
    expect(drawn.split('\n').slice(2, -1)).toEqual(['  [*] --> up', '  up --> up', '  up --> down', '  down --> [*]'])
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
  return { page: 'planted.md', line: 1, language: 'ts', mode: 'run', code }
}
