import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { registerWorker } from '../../../src/adapters/restate/admin.ts'
import { createHookward, type Hookward } from '../../../src/index.ts'
import { restate } from '../../../src/restate.ts'
import { portsOfNobody, startCluster, startRestate, type RestateServer } from '../../support/restate.ts'
import { startSmtp, type SmtpListener } from '../../support/smtp.ts'
import { startBalancer, type Balancer } from './balancer.ts'
import { bad, badOf, inputOf, organizations, ownersOf, sound, soundOf, type Plant } from './fleet.ts'
import { Judge } from './judge.ts'
import { lossy } from './lossy.ts'

/** What is killed: a worker, the server, or one node of three. */
export const victims = ['worker', 'server', 'node'] as const
export type Victim = (typeof victims)[number]

/** How a run is made. */
export interface TortureOptions {
  readonly kills: number
  /** From 0 up to 1. */
  readonly chance: () => number
  readonly plant: Plant | null
  /** Hears what goes on, for people who wait. */
  readonly say?: (fact: string) => void
}

/** What a run came to. */
export interface TortureResult {
  readonly accepted: number
  readonly lost: number
  readonly repeated: number
  readonly disablements: number
  readonly letters: number
  readonly lettersRepeated: number
  readonly victims: Readonly<Record<Victim, number>>
  readonly pauseMsMax: number
  readonly seconds: number
  readonly faults: readonly string[]
}

/** Half of the kills fall on workers and the server of a single node, half on workers and nodes of a cluster of three. */
export async function torture(options: TortureOptions): Promise<TortureResult> {
  const began = performance.now()
  const first = Math.ceil(options.kills / 2)
  const runs = [await phase({ ...options, kills: first }, 1)]
  if (options.kills > first) runs.push(await phase({ ...options, kills: options.kills - first }, 3))
  const sum = (of: (run: PhaseResult) => number) => runs.reduce((total, run) => total + of(run), 0)
  return {
    accepted: sum((run) => run.accepted),
    lost: sum((run) => run.lost),
    repeated: sum((run) => run.repeated),
    disablements: sum((run) => run.disablements),
    letters: sum((run) => run.letters),
    lettersRepeated: sum((run) => run.lettersRepeated),
    victims: {
      worker: sum((run) => run.victims.worker),
      server: sum((run) => run.victims.server),
      node: sum((run) => run.victims.node),
    },
    pauseMsMax: Math.max(...runs.map((run) => run.pauseMsMax)),
    seconds: Math.round((performance.now() - began) / 1_000),
    faults: [...new Set(runs.flatMap((run) => run.faults))],
  }
}

type PhaseResult = Omit<TortureResult, 'seconds'>

async function phase(options: TortureOptions, nodeCount: number): Promise<PhaseResult> {
  const stage = await setStage(options.plant, nodeCount)
  try {
    const { hookward, judge } = stage
    for (const organization of organizations)
      for (const slug of [...soundOf(organization), badOf(organization)]) {
        await hookward.integrations.put(inputOf(slug, organization, stage.receiverUrl))
        await hookward.installations.install({ integration: slug, organization }, { announce: false })
      }
    const load = new Load(hookward, judge)
    const struck = await strike(stage, load, options, nodeCount === 1 ? 'server' : 'node')
    await load.stop()
    options.say?.('draining')
    return { ...(await verdict(stage, load)), victims: struck }
  } finally {
    await stage.close()
  }
}

interface Stage {
  readonly hookward: Hookward
  readonly judge: Judge
  readonly smtp: SmtpListener
  readonly receiverUrl: string
  readonly nodes: readonly RestateServer[]
  readonly workers: readonly WorkerProcess[]
  readonly close: () => Promise<void>
}

async function setStage(plant: Plant | null, nodeCount: number): Promise<Stage> {
  const judge = new Judge()
  const [receiverUrl, smtp, nodes] = await Promise.all([
    judge.listen(),
    startSmtp(),
    nodeCount === 1 ? startRestate().then((one) => [one]) : startCluster(nodeCount),
  ])
  const ports = await portsOfNobody(2)
  const workers = ports.map((port) => new WorkerProcess(JSON.stringify({ port, smtpUrl: smtp.url, plant })))
  await Promise.all(workers.map((worker) => worker.start()))
  const balancer: Balancer = await startBalancer(ports)
  await registerWorker(nodes[0]?.admin ?? '', balancer.url)
  const ingress = nodes.map((node) => node.ingress)
  const runtime = restate({ ingress, key: 'a-key-of-the-torture-of-32-letters', refreshMs: 50, callMs: 2_000 })
  const hookward = await createHookward({ runtime: plant === 'accepted-unasked' ? lossy(ingress) : runtime })
  return {
    ...{ hookward, judge, smtp, receiverUrl, nodes, workers },
    close: async () => {
      await hookward.stop()
      await Promise.all(workers.map((worker) => worker.kill()))
      balancer.close()
      await Promise.all([...nodes.map((node) => node.stop()), smtp.close()])
      judge.close()
    },
  }
}

/** Kills at moments that chance names, and starts again what was killed. */
async function strike(stage: Stage, load: Load, { kills, chance, say }: TortureOptions, second: Victim) {
  const struck: Record<Victim, number> = { worker: 0, server: 0, node: 0 }
  for (let kill = 0; kill < kills; kill += 1) {
    const victim: Victim = chance() < 0.5 ? 'worker' : second
    const among = victim === 'worker' ? stage.workers : stage.nodes
    const one = among[Math.floor(chance() * among.length)]
    await load.progress()
    await wait(chance() * 400)
    await one?.kill()
    struck[victim] += 1
    await wait(chance() * 300)
    await one?.start()
    say?.(`${kill + 1} of ${kills}: ${victim}, ${stage.judge.accepted} accepted`)
  }
  await load.progress()
  return struck
}

/** Everything is mended and enabled, and whatever waits is sent. */
async function verdict({ hookward, judge, smtp }: Stage, load: Load): Promise<Omit<PhaseResult, 'victims'>> {
  judge.mend()
  for (const slug of bad) await enable(hookward, judge, slug)
  await hookward.idle({ timeoutMs: 60_000 })
  while (await waits(hookward)) await wait(50)
  await hookward.idle({ timeoutMs: 60_000 })
  let lost = 0
  for (const slug of sound) {
    lost += judge.lost(slug)
    const { facts } = (await hookward.explain(slug)).evidence
    if (facts.ok !== judge.acceptedBy(slug) || facts.failed !== 0)
      judge.fault('counted', `${slug} has counted ${Number(facts.ok)} of ${judge.acceptedBy(slug)}`)
  }
  for (const slug of bad) lost += judge.lost(slug, (await hookward.dead(slug)).count)
  if (lost > 0) judge.fault('lost', `${lost} deliveries were accepted and never came`)
  const { disablements, letters, repeated } = await lettersOf(hookward, judge, smtp)
  return {
    accepted: judge.accepted,
    lost,
    repeated: judge.repeated,
    disablements,
    letters,
    lettersRepeated: repeated,
    pauseMsMax: Math.round(load.pauseMsMax),
    faults: [...judge.faults.values()],
  }
}

/** One letter to each owner for each disablement, whatever was killed; its copies have the same Message-ID. */
async function lettersOf(hookward: Hookward, judge: Judge, smtp: SmtpListener) {
  let disablements = 0
  const ids = new Set<string>()
  for (const slug of bad) {
    const audit = await hookward.audit(slug)
    const offs = audit.filter(({ action }) => action === 'integration.disabled').length
    const notices = (await hookward.notices(slug)).filter(({ notice }) => notice.step === 'disabled')
    disablements += offs
    if (notices.length !== offs)
      judge.fault('notices', `${slug} was disabled ${offs} times, with ${notices.length} notices`)
    for (const { letters } of notices) for (const { id } of letters) ids.add(id)
    for (const { letters } of notices)
      if (letters.length !== ownersOf(slug).length) judge.fault('letters', `${slug} has ${letters.length} letters`)
  }
  const mails = smtp.mails.map(({ messageId }) => messageId.replace(/^<|>$/g, ''))
  const strange = mails.filter((id) => !ids.has(id))
  if (strange.length > 0) judge.fault('strange', `${strange.length} mails belong to no letter`)
  return { disablements, letters: ids.size, repeated: mails.length - new Set(mails).size }
}

async function waits(hookward: Hookward): Promise<boolean> {
  const { integrations } = await hookward.overview()
  return integrations.some(({ waiting, inFlight, held }) => waiting + inFlight + held > 0)
}

async function enable(hookward: Hookward, judge: Judge, slug: string): Promise<void> {
  judge.enabling(slug)
  await hookward.integrations.enable(slug, { by: 'torture', reason: 'again', force: true })
}

const aheadMax = 80

/** Emits until it is stopped, and switches on again whatever is disabled. */
class Load {
  readonly #hookward: Hookward
  readonly #judge: Judge
  readonly #work: Promise<unknown>
  readonly #enabling = new Set<Promise<void>>()
  #isOver = false
  #n = 0
  #answeredAt = performance.now()
  pauseMsMax = 0

  constructor(hookward: Hookward, judge: Judge) {
    this.#hookward = hookward
    this.#judge = judge
    hookward.on('disabled', ({ integration }) => {
      // Heard late, it may be enabled again by now.
      if (this.#isOver) return
      judge.off(integration)
      const again = wait(200).then(() => enable(hookward, judge, integration))
      const done = again.catch((error: unknown) => judge.fault('enable', String(error)))
      this.#enabling.add(done.finally(() => this.#enabling.delete(done)))
    })
    this.#work = Promise.all(Array.from({ length: 12 }, () => this.#emit()))
  }

  /** Resolves when some more events were accepted. */
  async progress(): Promise<void> {
    const from = this.#judge.accepted
    while (this.#judge.accepted < from + 40) await wait(10)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#work
    await Promise.all(this.#enabling)
  }

  async #emit(): Promise<void> {
    while (!this.#isOver) {
      // No more than a queue that kills find something in: the machine may be slow.
      if (this.#judge.ahead > aheadMax) {
        await wait(10)
        continue
      }
      const n = this.#n++
      const organization = organizations[n % organizations.length] ?? ''
      const options = n % 5 === 0 ? { key: `event-${n}` } : {}
      try {
        await this.#hookward.emit({ topic: 'load.made', organization, data: { n } }, options)
        this.#judge.acknowledged(organization, n)
        this.pauseMsMax = Math.max(this.pauseMsMax, performance.now() - this.#answeredAt)
        this.#answeredAt = performance.now()
      } catch (error) {
        this.#judge.fault('emit', String(error))
      }
    }
  }
}

/** A worker in a process of its own. */
class WorkerProcess {
  readonly #orders: string
  #child: ChildProcess | undefined

  constructor(orders: string) {
    this.#orders = orders
  }

  async start(): Promise<void> {
    const path = fileURLToPath(new URL('worker.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', path, this.#orders], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    this.#child = child
    await once(child.stdout, 'data')
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
}
