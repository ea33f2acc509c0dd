import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { sealWith } from '../../src/adapters/restate/seal.ts'
import { createHookward, type Outcome } from '../../src/index.ts'
import { sentry } from '../../src/policy/health/sentry.ts'
import { restate, serveRestate, type WorkerOptions } from '../../src/restate.ts'
import { logEvents } from '../../src/telemetry.ts'
import { key, skipped, startRestate, type RestateServer } from '../support/restate.ts'
import { anIntegration } from '../support/world.ts'

describe.skipIf(skipped !== '')(`whoever operates a cluster ${skipped}`, () => {
  let server: RestateServer
  let dir: string
  const cluster = generateKeyPairSync('ed25519')
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hookward-identity-'))
    const pem = join(dir, 'key.pem')
    await writeFile(pem, cluster.privateKey.export({ type: 'pkcs8', format: 'pem' }))
    server = await startRestate({ RESTATE_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: pem, ...impatient })
  }, 60_000)
  afterAll(async () => {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  })

  it('gives workers the key of the cluster, and a worker with another key takes no call', async () => {
    const [own, other] = [publicKeyOf(cluster), publicKeyOf(generateKeyPairSync('ed25519'))]
    const stranger = await serveRestate({ key, port: 0, identityKeys: [other] })
    expect((await deployed(stranger.url)).ok).toBe(false)
    await stranger.stop()
    const { hookward } = await world({ identityKeys: [own] })
    expect((await hookward.explain('bot')).state).toBe('healthy')
  })

  it('is told by a code where a newer worker was at work', async () => {
    const { hookward } = await world()
    const [known = ''] = await stateOf('bot')
    const [seal, before] = [sealWith(key), Buffer.from(known, 'hex')]
    await setState('bot', seal.close({ ...(seal.open(before) as object), v: 2 }))
    await expect(hookward.explain('bot')).rejects.toThrow('RESTATE_VERSION')
    await expect(hookward.integrations.pause('bot', { by: 'ada' })).rejects.toThrow('RESTATE_VERSION')
    await setState('bot', before)
    expect((await hookward.explain('bot')).state).toBe('healthy')
  })

  it('hears of calls that are paused when a host starts, and they go on when they are resumed', async () => {
    let isFaulty = false
    const uuid = () => (isFaulty ? fail('a defect') : crypto.randomUUID())
    const { hookward } = await world({ random: { uuid, fraction: () => 0.5 } })
    isFaulty = true
    await hookward.emit({ topic: 'issue.resolved', organization: 'acme', data: {} })
    const id = await paused()
    isFaulty = false
    const said: object[] = []
    const logger = { info: () => undefined, warn: () => undefined, error: (facts: object) => said.push(facts) }
    const { ingress, admin } = server
    const second = await createHookward({ runtime: restate({ ingress, key, admin }), logger })
    await second.stop()
    expect(said).toEqual([{ code: 'RESTATE_PAUSED', paused: 1 }])
    expect((await order('PATCH', `invocations/${id}/resume`)).ok).toBe(true)
    await hookward.idle()
    expect(await hookward.log('bot')).toMatchObject([{ became: 'delivered' }])
  })

  it('has the log of a worker, and is refused by a host what only workers hear', async () => {
    const { hookward, worker } = await world({ policy: sentry({ windowDays: 1, retriesMs: [] }), transport: gone })
    const said: string[] = []
    const say = (_facts: object, fact: string) => said.push(fact)
    onTestFinished(logEvents(worker, { info: say, warn: say, error: say }))
    await hookward.emit({ topic: 'issue.resolved', organization: 'acme', data: {} })
    await hookward.idle()
    expect(said.join('\n')).toContain('disabled')
    expect(() => hookward.on('delivered', () => undefined)).toThrow('where serveRestate is called')
    for (const name of ['holding', 'spool.refused', 'shadow', 'store.failed'] as const)
      expect(() => hookward.on(name, () => undefined)).toThrow(`${name} is never told beside a runtime`)
    expect(() => hookward.on('nothing' as never, () => undefined)).toThrow('not one that is ever told')
  })

  async function world(options: Partial<WorkerOptions> = {}) {
    const { admin, ingress } = server
    const transport = { attempt: () => Promise.resolve(arrived), close: () => Promise.resolve() }
    const worker = await serveRestate({ key, port: 0, admin, policy: 'sentry', transport, ...options })
    const hookward = await createHookward({ runtime: restate({ ingress, key, refreshMs: 60_000, callMs: 30_000 }) })
    onTestFinished(async () => {
      await hookward.integrations.remove('bot', { waiting: 'skip' })
      await hookward.stop()
      await worker.stop()
    })
    await hookward.integrations.put(anIntegration('https://bot.example.com'))
    await hookward.installations.install({ integration: 'bot', organization: 'acme' }, { announce: false })
    return { hookward, worker }
  }

  function order(method: string, path: string, body?: object): Promise<Response> {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    return fetch(new URL(path, server.admin), { method, headers, ...(body && { body: JSON.stringify(body) }) })
  }

  const deployed = (uri: string) => order('POST', 'deployments', { uri })

  async function rowsOf(query: string): Promise<readonly Record<string, unknown>[]> {
    const { rows } = (await (await order('POST', 'query', { query })).json()) as { rows: Record<string, unknown>[] }
    return rows
  }

  /** Resolves when one call is: what cannot be done is tried a few times first. */
  async function paused(): Promise<string> {
    for (;;) {
      const [found] = await rowsOf("select id from sys_invocation where status = 'paused'")
      if (found !== undefined) return String(found['id'])
    }
  }

  async function stateOf(id: string): Promise<readonly string[]> {
    const rows = await rowsOf(
      `select value from state where service_name = 'Integration' and service_key = '${id}' and key = 'life'`,
    )
    return rows.map(({ value }) => String(value))
  }

  async function setState(id: string, life: Uint8Array): Promise<void> {
    const others = await rowsOf(
      `select key, value from state where service_name = 'Integration' and service_key = '${id}'`,
    )
    const entries = others.map(
      ({ key: name, value }) => [String(name), [...Buffer.from(String(value), 'hex')]] as const,
    )
    const new_state = { ...Object.fromEntries(entries), life: [...life] }
    const answer = await order('POST', 'services/Integration/state', { object_key: id, new_state })
    expect(answer.ok).toBe(true)
    while ((await stateOf(id))[0] !== Buffer.from(life).toString('hex'));
  }
})

function fail(fact: string): never {
  throw new Error(fact)
}

/** Pauses what fails after so few tries. */
const impatient = {
  RESTATE_DEFAULT_RETRY_POLICY__MAX_ATTEMPTS: '3',
  RESTATE_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL: '20ms',
}

/** As the server logs it: the bytes of the key in base 58. */
function publicKeyOf({ publicKey }: KeyPairKeyObjectResult): string {
  const { x = '' } = publicKey.export({ format: 'jwk' })
  const digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
  const bytes = Buffer.from(x, 'base64url')
  let [number, text] = [BigInt(`0x${bytes.toString('hex')}`), '']
  for (; number > 0n; number /= 58n) text = `${digits[Number(number % 58n)] ?? ''}${text}`
  for (const byte of bytes) {
    if (byte !== 0) break
    text = `1${text}`
  }
  return `publickeyv1_${text}`
}

const gone = {
  attempt: () => Promise.resolve<Outcome>({ ...arrived, kind: 'gone', status: 410, code: 'HTTP_410' }),
  close: () => Promise.resolve(),
}

const arrived: Outcome = {
  ...{ kind: 'ok', status: 200, code: 'HTTP_200', phase: 'body', durationMs: 1 },
  ...{ body: '', bodyBytes: 0, truncated: false, headers: {} },
}
