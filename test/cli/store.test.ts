import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lowdbStore } from '../../src/adapters/lowdb/store.ts'
import { hookward } from '../support/cli.ts'
import { accepted, anInstallation, anIntegration } from '../../src/testing/contracts/store-samples.ts'

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
    const { code, stdout } = await hookward(['store', 'check', dir])
    expect([code, stdout]).toEqual([0, expect.stringContaining('sound: 1 integrations, 2 deliveries waiting')])
    expect(JSON.parse((await hookward(['store', 'check', dir, '--json'])).stdout)).toMatchObject({
      isSound: true,
      pending: 2,
    })
    expect(files()).toEqual(before)
    await store.close()
  })

  it('check names what is damaged, and fix signs an edit anew', async () => {
    edit()
    const { code, stdout } = await hookward(['store', 'check', dir])
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^damaged: integrations\/..\.json does not match/)])
    expect(await hookward(['store', 'fix', dir])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('signed anew') as string,
    })
    expect((await hookward(['store', 'check', dir])).code).toBe(0)
    expect((await hookward(['store', 'show', dir])).stdout).toContain('https://b.example/hook')
  })

  it('check and fix are what the engine names when it meets an edit or damage', async () => {
    edit()
    await expect(lowdbStore({ dir }).open()).rejects.toThrow(/STORE_DOC_EDITED.*hookward store fix/)
    writeFileSync(documentPath(), 'zeros')
    await expect(lowdbStore({ dir }).open()).rejects.toThrow(
      /STORE_DAMAGED.*hookward store check.*store fix --quarantine/,
    )
  })

  it('fix sets damage aside only when told to, and asks or needs --yes', async () => {
    writeFileSync(documentPath(), 'zeros')
    expect((await hookward(['store', 'fix', dir])).code).toBe(1)
    const quarantine = ['store', 'fix', dir, '--quarantine']
    expect((await hookward(quarantine)).code).toBe(2)
    const no = await hookward(quarantine, {}, { answers: ['n'] })
    expect([no.code, no.stderr]).toEqual([
      1,
      expect.stringMatching(/Set aside what is damaged in .*\? \[y\/N\] NOT_CONFIRMED/),
    ])
    expect((await hookward([...quarantine, '--yes', '--json'])).json()).toMatchObject({ isSound: true })
    expect(JSON.parse((await hookward(['store', 'show', dir, 'billing', '--json'])).stdout)).toMatchObject([
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
    expect((await hookward(['store', 'show', dir])).stdout).toMatch(
      /^INTEGRATION +STATE +WAITING +HELD +DEAD +URL\nbilling +healthy +1 +1 +2 +https:.*\n$/,
    )
    expect(JSON.parse((await hookward(['store', 'show', dir, '--json'])).stdout)).toMatchObject([
      { pending: 2, held: 1, dead: 2 },
    ])
  })

  it('show prints no secret', async () => {
    const { stdout } = await hookward(['store', 'show', dir, '--json'])
    expect(stdout).toContain('billing')
    expect(stdout).not.toMatch(/a secret of many|an older one|x-team|core/)
  })

  it('exits with 1 where there is no store', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'hookward-empty-'))
    expect(await hookward(['store', 'check', empty])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/STORE_.*name the folder/) as string,
    })
    rmSync(empty, { recursive: true })
  })
})
