import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dashboard } from '../../src/dashboard.ts'
import { hookward } from '../support/cli.ts'
import { aFolder, secret } from '../support/world.ts'
import { stand } from './stand.ts'

const why = ['--reason', 'the move', '--yes'] as const
const head = 'slug,organization,url,secret,topics,installations'

describe('import', () => {
  it('says in a dry run what would become of each line, and writes nothing', async () => {
    const { file, hookward: engine, run } = await anEngine()
    const path = file(
      head,
      `one,acme,https://one.example/,${secret},issue,acme`,
      'Two,acme,https://two.example/,x,issue,',
    )
    const { code, stdout } = await run(['import', path, '--dry-run'])
    expect([code, stdout.split('\n')]).toEqual([
      1,
      [
        'LINE  INTEGRATION  BECOMES  WHAT',
        '2     one          created  installation of acme',
        expect.stringMatching(/^3 {5}Two {10}refused {2}SLUG_INVALID: slug is not a slug$/),
        'a dry run: 1 registered, 0 changed, 0 left as they are, 1 refused',
        '',
      ],
    ])
    expect(engine.integrations.list()).toEqual([])
    expect(stdout).not.toContain(secret)
  })

  it('registers all once it is told to, and the second time changes nothing', async () => {
    const { file, hookward: engine, run } = await anEngine()
    const line = { slug: 'one', organization: 'acme', url: 'https://one.example/', secret, topics: ['issue'] }
    const path = file(JSON.stringify({ ...line, installations: [{ organization: 'acme' }] }))
    const first = await run(['import', path, ...why, '--json'])
    expect([first.code, first.json()]).toMatchObject([0, { isWritten: true, created: 1, refused: 0 }])
    expect(engine.installations.list('one')).toMatchObject([{ organization: 'acme' }])
    expect((await engine.audit('one'))[0]).toMatchObject({ by: 'ada', reason: 'the move' })
    const again = await run(['import', path, ...why])
    expect([again.code, again.stdout]).toEqual([0, '0 registered, 0 changed, 1 left as they are, 0 refused\n'])
  })

  it('asks before it writes, reads stdin, and needs --yes where nobody can be asked', async () => {
    const { file, hookward: engine, run } = await anEngine()
    const input = [head, `one,acme,https://one.example/,${secret},issue,acme`].join('\n')
    const no = await run(['import', file(input)], { answers: ['n'] })
    expect([no.code, no.stderr]).toEqual([
      1,
      expect.stringMatching(/^LINE [^]* one +created [^]*Register 1, change 0, leave 0\? \[y\/N\] /),
    ])
    const unasked = await run(['import', '-'], { input })
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('needs --yes')])
    expect(engine.integrations.list()).toEqual([])
    expect((await run(['import', '-', ...why], { input })).code).toBe(0)
    expect(engine.integrations.list().map(({ id }) => id)).toEqual(['one'])
  })

  it('writes nothing where a line is refused, unless it may be skipped', async () => {
    const { file, hookward: engine, run } = await anEngine()
    const path = file(head, `one,acme,https://one.example/,${secret},issue,acme`, 'two,acme,nowhere,x,issue,')
    const stopped = await run(['import', path, ...why])
    expect([stopped.code, stopped.stdout]).toEqual([
      1,
      expect.stringContaining('nothing was written, as 1 of 2 are refused: mend them'),
    ])
    expect(engine.integrations.list()).toEqual([])
    const { code, json } = await run(['import', path, '--refused', 'skip', ...why, '--json'])
    expect([code, json()]).toMatchObject([
      1,
      {
        isWritten: true,
        created: 1,
        refused: 1,
        lines: [{}, { error: { code: 'URL_INVALID', nextStep: expect.any(String) as string } }],
      },
    ])
    expect(engine.integrations.list().map(({ id }) => id)).toEqual(['one'])
  })

  it('is refused by a dashboard that was not given it, and by authorize', async () => {
    const { file, run, hookward: engine } = await stand().then(withFile)
    const refused = await run(['import', file(head), '--dry-run'])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/^REFUSED: .*pass import: true/)])
    const reader = await anEngine()
    const { code, stderr } = await hookward(['import', file(head), '--dry-run'], {
      HOOKWARD_URL: reader.url,
      HOOKWARD_TOKEN: 'reader',
    })
    expect([code, stderr]).toEqual([1, expect.stringContaining('REFUSED: authorize refuses import')])
    expect(() => dashboard(engine, { import: 1 as never })).toThrow('import must be true or false')
  })

  it.each([
    [['import', 'no-such-file'], 'FILE_UNREADABLE: no-such-file cannot be read (ENOENT)'],
    [['import', '-', '--format', 'xml'], 'USAGE: --format is none of csv, jsonl'],
  ])('tells what is wrong with %j', async (args, fact) => {
    const { run } = await anEngine()
    expect((await run(args)).stderr).toContain(fact)
  })

  it('is a change like the others: not taken from another origin, without the token, or by GET', async () => {
    const { hookward: engine } = await stand()
    const panel = dashboard(engine, { authorize: () => true, import: true })
    const ask = (init: RequestInit) => panel(new Request('http://host.example/api/import', init))
    const own = { 'content-type': 'application/json', origin: 'http://host.example' }
    const body = JSON.stringify({ text: head, dryRun: true })
    const { token } = (await (await panel(new Request('http://host.example/api/session'))).json()) as { token: string }
    const statuses = await Promise.all([
      ask({}),
      ask({ method: 'POST', body, headers: own }),
      ask({ method: 'POST', body, headers: { ...own, origin: 'http://evil.example', 'x-hookward-token': token } }),
      ask({ method: 'POST', body: '{', headers: { ...own, 'x-hookward-token': token } }),
      ask({ method: 'POST', body: JSON.stringify({ text: 7 }), headers: { ...own, 'x-hookward-token': token } }),
      ask({ method: 'POST', body, headers: { ...own, 'x-hookward-token': token } }),
    ])
    expect(statuses.map(({ status }) => status)).toEqual([405, 403, 403, 400, 400, 200])
  })

  it('takes more than any other change may be long', async () => {
    const { file, hookward: engine, run } = await anEngine()
    const rows = Array.from({ length: 1_000 }, (_, n) => `bot-${n},acme,https://bot-${n}.example/,${secret},issue,acme`)
    const { json } = await run(['import', file(head, ...rows), ...why, '--json'])
    expect(json()).toMatchObject({ created: 1_000 })
    expect(engine.integrations.list()).toHaveLength(1_000)
  })
})

async function anEngine() {
  return withFile(await stand({}, { import: true }))
}

async function withFile<T extends object>(there: T) {
  const dir = await aFolder()
  const file = (...lines: readonly string[]) => {
    const path = join(dir, 'receivers')
    writeFileSync(path, lines.join('\n'))
    return path
  }
  return { ...there, file }
}
