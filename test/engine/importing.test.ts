import { describe, expect, it } from 'vitest'
import { inspect } from 'node:util'
import type { ImportOptions } from '../../src/index.ts'
import { parseCsv } from '../../src/policy/csv.ts'
import { startWorld } from '../support/world.ts'

const csv = [
  'slug,organization,url,secret,topics,owners,headers,installations',
  'one,acme,https://one.example/hook,a secret that both know,invoice; issue.assigned,ada@acme.example,"X-Team: a, b\nX-More: ""c""",acme;globex',
  'two,acme,https://two.example/hook,another secret of both,invoice,,,',
].join('\r\n')

describe('an import', () => {
  it('of CSV registers and installs, tells no receiver, and does nothing the second time', async () => {
    const { hookward, receiver } = await startWorld()
    const report = await hookward.integrations.import(csv, { by: 'ada', reason: 'the move' })
    expect(report).toMatchObject({ isWritten: true, created: 2, changed: 0, same: 0, refused: 0 })
    expect(report.lines).toEqual([
      { line: 2, slug: 'one', becomes: 'created', changes: ['installation of acme', 'installation of globex'] },
      { line: 4, slug: 'two', becomes: 'created', changes: [] },
    ])
    expect(hookward.integrations.get('one')).toMatchObject({
      topics: ['invoice', 'issue.assigned'],
      owners: [{ email: 'ada@acme.example' }],
      headerNames: ['X-Team', 'X-More'],
    })
    expect(hookward.installations.list('one').map(({ organization }) => organization)).toEqual(['acme', 'globex'])
    expect(await hookward.audit('one')).toMatchObject([{ by: 'ada' }, { by: 'ada' }, { by: 'ada', reason: 'the move' }])
    await hookward.idle()
    expect(receiver.requests).toEqual([])
    expect(await hookward.integrations.import(csv)).toMatchObject({ created: 0, changed: 0, same: 2, refused: 0 })
  })

  it('of JSON lines may bring uuids, projects and references to secrets', async () => {
    const { hookward } = await startWorld({ secrets: { get: () => 'a secret that is found' } })
    const uuid = '6f1d1c3e-0a52-4f3c-9d5e-8a7b6c5d4e3f'
    const line = {
      ...{ slug: 'one', organization: 'acme', url: 'https://one.example/hook', secret: { ref: 'ONE' } },
      installations: [{ organization: 'acme', uuid, projects: ['web'] }],
    }
    expect(await hookward.integrations.import(`${JSON.stringify(line)}\n\n`)).toMatchObject({ created: 1 })
    expect(hookward.installations.list('one')).toMatchObject([{ uuid, projects: ['web'] }])
    const moved = JSON.stringify({ ...line, url: 'https://new.example/hook' })
    const dry = await hookward.integrations.import(moved, { dryRun: true })
    expect(dry).toMatchObject({ isWritten: false, changed: 1, lines: [{ becomes: 'changed', changes: ['url'] }] })
    expect(hookward.integrations.get('one').url).toBe('https://one.example/hook')
  })

  it('writes nothing when a line is refused, unless the good ones are to go without it', async () => {
    const { hookward } = await startWorld()
    const bad = `${csv}\nThree,acme,https://three.example/hook,a secret of three,,,,\ntwo,acme,http://127.0.0.1:1/,x,,,,\n`
    const report = await hookward.integrations.import(bad)
    expect(report).toMatchObject({ isWritten: false, created: 2, refused: 2 })
    expect(report.lines.slice(2)).toMatchObject([
      { line: 5, slug: 'Three', becomes: 'refused', error: { code: 'SLUG_INVALID' } },
      { line: 6, slug: 'two', becomes: 'refused', error: { code: expect.stringMatching(/^\w+$/) as string } },
    ])
    expect(hookward.integrations.list()).toEqual([])
    expect(inspect(report, { depth: 9 })).not.toContain('a secret')
    expect(await hookward.integrations.import(bad, { refused: 'skip' })).toMatchObject({ isWritten: true, created: 2 })
    expect(hookward.integrations.list()).toHaveLength(2)
  })

  it('refuses a slug that comes twice, and a secret that nobody finds', async () => {
    const { hookward } = await startWorld({ secrets: { get: () => Promise.reject(new Error('none')) } })
    const twice = await hookward.integrations.import(
      `${csv}\ntwo,acme,https://two.example/hook,another secret of both,,,,`,
    )
    expect(twice.lines[2]).toMatchObject({ becomes: 'refused', error: { fact: 'two stands on line 4, too' } })
    const unknown = 'slug,organization,url,secretRef\none,acme,https://one.example/hook,ONE'
    const report = await hookward.integrations.import(unknown)
    expect(report).toMatchObject({ refused: 1, lines: [{ error: { code: 'SECRET_UNKNOWN' } }] })
  })

  it.each([
    ['a text that is none', 5, {}, 'must be a text'],
    ['an empty text', '', {}, 'must begin with a line of column names'],
    ['an unknown column', 'slug,colour\n', {}, 'has no field "colour"'],
    ['a column that comes twice', 'slug,slug\n', {}, 'names a column twice'],
    ['a quote that is not closed', 'slug,url\n"one,x', {}, 'line 2 has a quote'],
    ['an unknown format', csv, { format: 'xml' }, 'format must be one of csv, jsonl'],
    ['an unknown option', csv, { dry: true }, 'has no field "dry"'],
    ['a word for a yes', csv, { dryRun: 'no' }, 'dryRun must be true or false'],
  ])('refuses %s as a whole', async (_, text, options, fact) => {
    const { hookward } = await startWorld()
    const refusal = hookward.integrations.import(text as string, options as ImportOptions)
    await expect(refusal).rejects.toMatchObject({
      code: 'IMPORT_INVALID',
      fact: expect.stringContaining(fact) as string,
    })
  })

  it.each([
    ['a row that is too short', 'slug,organization\none', 'has 1 cells, and not 2'],
    ['what is no JSON', '{"slug":"one"}\n{not this}', 'the line must be JSON'],
    ['JSON that is no object', '{"slug":"one"}\n[1]', 'must be a JSON object'],
  ])('refuses %s by its line', async (_, text, fact) => {
    const { hookward } = await startWorld()
    const { lines } = await hookward.integrations.import(text)
    expect(lines.at(-1)).toMatchObject({ line: 2, becomes: 'refused', error: { code: 'IMPORT_INVALID' } })
    expect(lines.at(-1)?.error?.fact).toContain(fact)
  })
})

it('CSV is read with quotes, line breaks of every kind, a byte order mark and empty lines', () => {
  expect(parseCsv('\uFEFFa,"b ""x"", y"\r\n\r\n"1\n2",\n,3\r')).toEqual([
    { line: 1, cells: ['a', 'b "x", y'] },
    { line: 3, cells: ['1\n2', ''] },
    { line: 5, cells: ['', '3'] },
  ])
})
