import './with-resolvers.ts'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The server's binary, on platforms where its package is there. */
export const restateBinary: string | undefined = binary()
/** Why tests that need the server are skipped. */
export const skipped = restateBinary === undefined ? `no Restate server for ${process.platform}-${process.arch}` : ''

/** A key that hosts and workers of tests share. */
export const key = 'a-key-that-hosts-and-workers-share'

/** A Restate server of one test file: real, alone, on loopback. */
export interface RestateServer {
  readonly ingress: string
  readonly admin: string
  /** Of its process, while it runs. */
  readonly pid: () => number | undefined
  /** Nothing is closed or written any more. */
  readonly kill: () => Promise<void>
  /** Starts it again on the same data. */
  readonly start: () => Promise<void>
  /** Stops it, and its data is gone. */
  readonly stop: () => Promise<void>
}

/** What of a cluster a node is told. */
export interface Node {
  readonly name: string
  readonly dir: string
  readonly ports: { readonly ingress: number; readonly admin: number; readonly node: number }
  readonly env: Readonly<Record<string, string>>
}

/** One server with data of its own. */
export async function startRestate(settings: Node['env'] = {}): Promise<RestateServer> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-restate-'))
  const ports = await freePorts()
  const server = nodeOf({ name: 'n1', dir, ports, env: { RESTATE_AUTO_PROVISION: 'true', ...settings } })
  await server.start()
  return { ...server, stop: () => server.stop().then(() => rm(dir, { recursive: true, force: true })) }
}

/** Nodes of one cluster, which starts when all of them do: what is accepted is on two of three. */
export async function startCluster(count: number): Promise<readonly RestateServer[]> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-cluster-'))
  const all = await Promise.all(Array.from({ length: count }, freePorts))
  const addresses = JSON.stringify(all.map(({ node }) => `http://127.0.0.1:${node}`))
  const nodes = all.map((ports, n) =>
    nodeOf({
      ...{ name: `n${n + 1}`, dir, ports },
      env: {
        RESTATE_METADATA_CLIENT__ADDRESSES: addresses,
        RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${ports.node}`,
        RESTATE_DEFAULT_REPLICATION: '2',
        RESTATE_AUTO_PROVISION: String(n === 0),
      },
    }),
  )
  await Promise.all(nodes.map((node) => node.start()))
  const left = new Set(nodes)
  const stopped = async (node: RestateServer) => {
    await node.stop()
    left.delete(node)
    if (left.size === 0) await rm(dir, { recursive: true, force: true })
  }
  return nodes.map((node) => ({ ...node, stop: () => stopped(node) }))
}

/** A process of the server. */
function nodeOf({ name, dir, ports, env }: Node): RestateServer {
  const [ingress, admin] = [`http://127.0.0.1:${ports.ingress}/`, `http://127.0.0.1:${ports.admin}/`]
  let child: ChildProcess | undefined
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const exited = once(ending, 'exit')
    ending.kill(signal)
    await exited
  }
  return {
    ...{ ingress, admin },
    pid: () => child?.pid,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start: async () => {
      child = spawn(restateBinary ?? '', flagsOf(name, dir), {
        stdio: 'ignore',
        env: { ...quiet, ...portsOf(ports), ...env },
      })
      await Promise.all([answers(new URL('health', admin)), answers(new URL('restate/health', ingress))])
    },
  }
}

function flagsOf(name: string, dir: string): string[] {
  const cluster = ['--node-name', name, '--cluster-name', 'test', '--default-num-partitions', '2']
  return ['--no-logo', '--base-dir', dir, ...cluster, '--bind-ip', '127.0.0.1', '--listen-mode', 'tcp']
}

const quiet = { RESTATE_DISABLE_TELEMETRY: 'true', RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: '64MB', RUST_LOG: 'error' }

function portsOf({ ingress, admin, node }: Node['ports']): Record<string, string> {
  return {
    RESTATE_INGRESS__BIND_PORT: String(ingress),
    RESTATE_ADMIN__BIND_PORT: String(admin),
    RESTATE_BIND_PORT: String(node),
  }
}

/** Resolves when it answers well. */
async function answers(url: URL): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined)
    if (answer?.ok === true) return
    if (tries > 600) throw new Error(`${url.href} does not answer`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function freePorts(): Promise<Node['ports']> {
  const [ingress = 0, admin = 0, node = 0] = await portsOfNobody(3)
  return { ingress, admin, node }
}

/** Ports that nobody listens on: held together for a moment, so that they differ. */
export async function portsOfNobody(count: number): Promise<readonly number[]> {
  const held = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = held.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

function binary(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('@restatedev/restate-server-linux-x64/bin/restate-server')
  } catch {
    return undefined
  }
}
