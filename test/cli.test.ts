import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lowdbStore } from '../src/adapters/lowdb/store.ts'
import { accepted, anInstallation, anIntegration } from '../src/testing/contracts/store-samples.ts'

let dir: string
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hookward-cli-'))
  const store = lowdbStore({ dir })
  await store.open()
  await store.configure({
    kind: 'integration',
    integration: anIntegration({ oldSecrets: [{ secret: 'an older one', until: 9 }] }),
  })
  await store.configure({ kind: 'installation', installation: anInstallation() })
  await store.append(accepted(['a']))
  await store.close()
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function hookward(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args])
  return { status, stdout: stdout.toString(), stderr: stderr.toString() }
}

const files = () =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(dir, name)).isFile())
    .map((name) => [name, readFileSync(join(dir, name), 'utf8')])
const documentPath = () => {
  const name = readdirSync(join(dir, 'integrations')).find((one) => one.endsWith('.json')) ?? ''
  return join(dir, 'integrations', name)
}
const edit = () =>
  writeFileSync(documentPath(), readFileSync(documentPath(), 'utf8').replace('billing.example', 'b.example'))

describe('hookward store', () => {
  it('check says that a store is sound, beside the engine that has it open, and touches nothing', async () => {
    const store = lowdbStore({ dir })
    await store.open()
    await store.append(accepted(['b']))
    const before = files()
    const { status, stdout } = hookward('store', 'check', dir)
    expect([status, stdout]).toEqual([0, expect.stringContaining('sound: 1 integrations, 2 deliveries waiting')])
    expect(JSON.parse(hookward('store', 'check', dir, '--json').stdout)).toMatchObject({ isSound: true, pending: 2 })
    expect(files()).toEqual(before)
    await store.close()
  })

  it('check names what is damaged, and fix signs an edit anew', () => {
    edit()
    const { status, stdout } = hookward('store', 'check', dir)
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^damaged: integrations\/..\.json does not match/)])
    expect(hookward('store', 'fix', dir)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('signed anew') as string,
    })
    expect(hookward('store', 'check', dir).status).toBe(0)
    expect(hookward('store', 'show', dir).stdout).toContain('https://b.example/hook')
  })

  it('check and fix are what the engine names when it meets an edit or damage', async () => {
    edit()
    await expect(lowdbStore({ dir }).open()).rejects.toThrow(/STORE_DOC_EDITED.*hookward store fix/)
    writeFileSync(documentPath(), 'zeros')
    await expect(lowdbStore({ dir }).open()).rejects.toThrow(
      /STORE_DAMAGED.*hookward store check.*store fix --quarantine/,
    )
  })

  it('fix sets damage aside only when told to', () => {
    writeFileSync(documentPath(), 'zeros')
    expect(hookward('store', 'fix', dir).status).toBe(1)
    expect(hookward('store', 'fix', dir, '--quarantine', '--json').status).toBe(0)
    expect(JSON.parse(hookward('store', 'show', dir, 'billing', '--json').stdout)).toMatchObject([
      { pending: 1, held: 0 },
    ])
  })

  it('show counts what waits, what is held and what is dead', async () => {
    const store = lowdbStore({ dir })
    await store.open()
    await store.append(accepted(['b', 'c', 'd']))
    const settled = [
      { id: 'b', next: { hold: 'paused' } },
      { id: 'c', next: { dead: 'refused' } },
      { id: 'd', next: { dead: 'exhausted' } },
    ] as const
    await store.commit({ at: 5, integrationId: 'billing', settled })
    await store.close()
    expect(hookward('store', 'show', dir).stdout).toContain('\twaiting 2\theld 1\tdead 2\t')
    expect(JSON.parse(hookward('store', 'show', dir, '--json').stdout)).toMatchObject([
      { pending: 2, held: 1, dead: 2 },
    ])
  })

  it('show prints no secret', () => {
    const { stdout } = hookward('store', 'show', dir, '--json')
    expect(stdout).toContain('billing')
    expect(stdout).not.toMatch(/a secret of many|an older one|x-team|core/)
  })

  it.each([
    [[]],
    [['store']],
    [['store', 'check']],
    [['store', 'burn', '.']],
    [['store', 'check', '.', 'more']],
    [['--what']],
  ])('tells its usage for %j and exits with 2', (args) => {
    expect(hookward(...args)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('hookward store check') as string,
    })
  })

  it('exits with 1 where there is no store, and with 0 when asked for help', () => {
    const empty = mkdtempSync(join(tmpdir(), 'hookward-empty-'))
    expect(hookward('store', 'check', empty)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/STORE_.*name the folder/) as string,
    })
    rmSync(empty, { recursive: true })
    expect(hookward('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('Exit codes') as string })
  })
})
