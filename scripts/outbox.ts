import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHookward, type Hookward } from '../src/index.ts'
import { outboxTable, relayOnce, type Query } from '../examples/outbox/relay.ts'
import { startReceiver } from '../test/support/receiver.ts'

/**
 * Runs docs/how-to/transactional-outbox.md against a real PostgreSQL (Debian's), which it starts in a folder of its own:
 * committed and rolled-back transactions, and a relay that dies between `emit` and the deletion. One line of JSON.
 */
const root = mkdtempSync(join(tmpdir(), 'hookward-outbox-'))
chmodSync(root, 0o777)
const cluster = join(root, 'pg')
const bin = binOf('/usr/lib/postgresql')
const asPostgres = (program: string, ...args: readonly string[]): [string, string[]] =>
  process.getuid?.() === 0 ? ['runuser', ['-u', 'postgres', '--', program, ...args]] : [program, [...args]]

run(join(bin, 'initdb'), '-D', cluster, '-U', 'postgres', '-A', 'trust')
const server = spawn(...asPostgres(join(bin, 'postgres'), '-D', cluster, '-k', root, '-c', 'listen_addresses='))
const ended = new Promise((resolve) => server.once('exit', resolve))
while (spawnSync('psql', ['-h', root, '-U', 'postgres', '-c', 'select 1']).status !== 0)
  await new Promise((resolve) => setTimeout(resolve, 100))

const receiver = await startReceiver()
const dir = join(root, 'data')
const start = async (): Promise<Hookward> => {
  const hookward = await createHookward({ dir, network: { allow: ['127.0.0.0/8'] } })
  const secret = 'a-secret-of-the-outbox'
  await hookward.integrations.put({ slug: 'bot', organization: 'acme', url: receiver.url, secret, topics: ['invoice'], owners: [] }) // prettier-ignore
  await hookward.installations.install({ integration: 'bot', organization: 'acme' })
  return hookward
}

await query(outboxTable, [])
await query('create table invoices (id int primary key)', [])
for (let n = 1; n <= 20; n += 1) business(n, n % 5 === 0 ? 'rollback' : 'commit')

const first = await start()
const dying: Query = (text, values) =>
  text.startsWith('delete') ? Promise.reject(new Error('killed')) : query(text, values)
await relayOnce(dying, first).catch(() => undefined)
await first.idle()
await first.stop()
const second = await start()
const relayed = await relayOnce(query, second)
await second.idle()
const left = await relayOnce(query, second)
await second.stop()

const numbers = receiver.requests.flatMap(({ body }) => {
  const { data } = JSON.parse(body.toString('utf8')) as { data?: { invoice?: number } }
  return data?.invoice === undefined ? [] : [data.invoice]
})
const invoices = (await query('select id from invoices', [])).map(({ id }) => Number(id))
await receiver.close()
run(join(bin, 'pg_ctl'), 'stop', '-D', cluster, '-m', 'fast')
await ended
rmSync(root, { recursive: true, force: true })
const isRight =
  relayed === 16 && left === 0 && String(numbers.toSorted(byNumber)) === String(invoices.toSorted(byNumber))
console.log(
  JSON.stringify({ invoices: invoices.length, repeatedByTheRelay: relayed, received: numbers.length, isRight }),
)
process.exitCode = isRight ? 0 : 1

/** The invoice and its event, in one transaction. */
function business(n: number, end: 'commit' | 'rollback'): void {
  const data = JSON.stringify({ invoice: n })
  psql(`begin; insert into invoices values (${n});
    insert into webhook_outbox (topic, organization, data) values ('invoice.paid', 'acme', '${data}'); ${end};`)
}

/** A client for this script alone: only numbers and the texts above go into it. */
function query(text: string, values: readonly unknown[]): ReturnType<Query> {
  const filled = text.replace('$1', `'{${values.flat().join(',')}}'::bigint[]`)
  if (!text.startsWith('select')) psql(filled)
  const rows = text.startsWith('select') ? psql(`select coalesce(json_agg(r), '[]') from (${filled}) r`) : '[]'
  return Promise.resolve(JSON.parse(rows) as Record<string, unknown>[])
}

function psql(text: string): string {
  return execFileSync('psql', ['-h', root, '-U', 'postgres', '-qAt', '-c', text], { encoding: 'utf8' }).trim()
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(...asPostgres(program, ...args), { stdio: 'ignore' })
}

function binOf(folder: string): string {
  const version = existsSync(folder) ? readdirSync(folder).at(-1) : undefined
  if (version === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
  return join(folder, version, 'bin')
}

function byNumber(a: number, b: number): number {
  return a - b
}
