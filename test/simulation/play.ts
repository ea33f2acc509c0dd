import { HookwardError } from '../../src/index.ts'
import { world, type World } from '../../src/testing.ts'
import { rules } from './rules.ts'
import type { Action, Call, Script } from './script.ts'

/** What a run came to. */
export interface Played {
  readonly steps: number
  readonly deliveries: number
  readonly crashes: number
  /** Those of the step at which the first one was seen; none: all is well. */
  readonly violations: readonly string[]
  readonly trace: readonly string[]
}

/** Refusals that a host must expect. */
const expected: ReadonlySet<string> = new Set([
  ...['ENGINE_STOPPED', 'ENGINE_FAILED', 'INTEGRATION_UNKNOWN', 'INTEGRATION_PAUSED', 'INTEGRATION_CLOSED'],
  ...['INTEGRATION_BUSY', 'INSTALLATION_UNKNOWN', 'PROBE_FAILED', 'PROBE_TOO_SOON', 'IDEMPOTENCY_CONFLICT'],
])

/** Plays a script in a world of its own, and looks after every step whether a promise is broken. */
export async function play(script: Script): Promise<Played> {
  const stage = new Stage(script)
  return stage.play()
}

class Stage {
  readonly #script: Script
  readonly #complaints: string[] = []
  #world: World | undefined
  #steps = 0
  /** A fault was put in that the engine may stop over. */
  #mayFail = false
  #stopTraffic = (): void => undefined

  constructor(script: Script) {
    this.#script = script
  }

  async play(): Promise<Played> {
    const { seed, rule, bots, checkpointMs, segmentBytesMax, actions } = this.#script
    const policy = rules[rule]
    if (policy === undefined) throw new Error(`no rule is called ${rule}`)
    this.#world = await world({ policy: policy(), seed, checkpointMs, segmentBytesMax })
    for (const bot of bots) await this.#register(bot)
    for (const action of actions) {
      await this.#step(() => this.#act(action))
      if (this.#violations.length > 0) return this.#played()
    }
    await this.#step(() => this.#heal())
    return this.#played()
  }

  get #here(): World {
    return this.#world as World
  }

  get #violations(): readonly string[] {
    return [...this.#here.invariants(), ...this.#complaints]
  }

  #played(): Played {
    const { counts, trace } = this.#here
    return {
      steps: this.#steps,
      deliveries: counts.accepted,
      crashes: counts.crashes,
      violations: this.#violations,
      trace,
    }
  }

  async #step(act: () => unknown): Promise<void> {
    this.#steps += 1
    await act()
    await this.#here.run(0)
    await this.#up()
  }

  /** A host starts its engine again, whatever it went down of. */
  async #up(): Promise<void> {
    const here = this.#here
    for (let tries = 0; !here.isRunning && tries < 5; tries += 1) {
      here.disk.mend()
      await here.restart().catch((error: unknown) => this.#mayFail || this.#complain('a start', error))
    }
    if (!here.isRunning) this.#complaints.push('the engine does not start any more')
  }

  async #act(action: Action): Promise<void> {
    const here = this.#here
    switch (action.do) {
      case 'emit':
        for (let n = 0; n < action.count; n += 1) this.#emit(action.key)
        return
      case 'traffic':
        this.#stopTraffic()
        this.#stopTraffic = () => undefined
        if (action.everyMs > 0) this.#stopTraffic = here.every(action.everyMs, () => this.#emit())
        return
      case 'pass':
        return this.#pass(action.ms)
      case 'answer': {
        const phase = here.receiver(action.bot).answer(action.answer)
        if (action.forMs !== undefined) phase.for(action.forMs)
        return
      }
      case 'latency':
        return here.receiver(action.bot).latency(action.ms)
      case 'admin':
        return this.#steer(action.bot, action.call)
      case 'move':
        return this.#ask('put', () => this.#register(action.bot, { url: here.receiver(action.to).url }))
      case 'owners': {
        const owners = Array.from({ length: action.count }, (_, n) => ({ email: `owner${n}@acme.dev` }))
        return this.#ask('put', () => this.#register(action.bot, { owners }))
      }
      case 'install':
        return this.#ask('install', () =>
          here.hookward.installations.install({ integration: action.bot, organization: 'acme' }),
        )
      case 'uninstall':
        return this.#ask('uninstall', () =>
          here.hookward.installations.uninstall({ integration: action.bot, organization: 'acme' }),
        )
      case 'remove':
        return this.#ask('remove', async () => {
          await here.hookward.integrations.remove(action.bot, { waiting: 'skip' })
          await this.#register(action.bot)
        })
      case 'replay':
        return this.#ask('replay', () => here.hookward.replay(action.bot, { which: 'all', perSecond: 100 }))
      case 'crash':
        await here.crash(action.how)
        return here.run(action.downMs)
      case 'crash at':
        return here.disk.crashAt(action.write, action.how)
      case 'fail at':
        this.#mayFail = true
        return here.disk.failAt(action.write, action.code)
      case 'full':
        this.#mayFail = true
        here.disk.fail()
        await here.run(action.ms)
        return here.disk.mend()
      case 'restart':
        return here
          .restart()
          .catch((error: unknown) => this.#mayFail || this.#complain('a restart', error)) as Promise<void>
      case 'clock':
        return action.byMs < 0 ? here.clock.back(-action.byMs) : here.clock.forward(action.byMs)
      case 'suspend':
        return here.suspend(action.ms)
      case 'cut':
        return here.cut(action.ms)
      case 'mail':
        return here.mailbox.server(action.server)
    }
  }

  /** Time passes, and whatever takes the engine down in between, somebody starts it again. */
  async #pass(ms: number): Promise<void> {
    const here = this.#here
    let left = ms
    while (left > 0) {
      const part = Math.min(left, Math.max(60_000, Math.ceil(ms / 8)))
      await here.run(part)
      left -= part
      if (!here.isRunning) await this.#up()
    }
  }

  #emit(key?: string): void {
    const { hookward } = this.#here
    const event = {
      topic: 'world.ticked',
      organization: 'acme',
      data: key === undefined ? { n: this.#steps } : { key },
    }
    this.#ask('emit', () => hookward.emit(event, key === undefined ? {} : { key }))
  }

  #steer(bot: string, call: Call): void {
    const { integrations } = this.#here.hookward
    const calls: Readonly<Record<Call, () => Promise<unknown>>> = {
      enable: () => integrations.enable(bot),
      'enable left': () => integrations.enable(bot, { replay: 'none', force: true, reason: 'simulated' }),
      'enable forced': () => integrations.enable(bot, { force: true, reason: 'simulated' }),
      disable: () => integrations.disable(bot),
      pause: () => integrations.pause(bot),
      resume: () => integrations.resume(bot),
      probe: () => integrations.probe(bot),
      flicker: () => Promise.all([integrations.pause(bot), integrations.resume(bot)]),
    }
    this.#ask(call, calls[call])
  }

  async #register(bot: string, input: Parameters<World['register']>[1] = {}): Promise<unknown> {
    const ordered = this.#script.ordered ? { ordered: { by: 'integration', blockingMaxMs: 600_000 } as const } : {}
    return this.#here.register(bot, { topics: ['world'], ...ordered, ...input })
  }

  /** Nobody waits for the answer: the engine may be gone before it comes. */
  #ask(what: string, call: () => Promise<unknown>): void {
    const asked = (async () => call())()
    asked.catch((error: unknown) => this.#complain(what, error))
  }

  #complain(what: string, error: unknown): void {
    const { code } = error as { readonly code?: string }
    if (error instanceof HookwardError && expected.has(code ?? '')) return
    this.#complaints.push(
      `${what} was refused: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
  }

  /** Everything works again and everybody is trusted: whatever was accepted must end, and whatever was noticed be told. */
  async #heal(): Promise<void> {
    const here = this.#here
    this.#stopTraffic()
    here.cut(0)
    here.mailbox.server('up')
    here.disk.mend()
    // Whatever was to befall the disk is over.
    await here.crash('process')
    await this.#up()
    for (const id of [...this.#script.bots, 'dora']) {
      here.receiver(id).answer(200)
      here.receiver(id).latency(10)
    }
    await here.run('1h')
    for (const { id: bot } of here.hookward.integrations.list()) {
      const { state } = await here.hookward.explain(bot)
      if (state === 'paused') await here.hookward.integrations.resume(bot)
      const after = (await here.hookward.explain(bot)).state
      if (after === 'disabled') await here.hookward.integrations.enable(bot, { force: true, reason: 'healed' })
    }
    await here.run('3d')
    this.#mourn(here)
    for (const { id } of here.hookward.integrations.list()) await this.#checkTold(id)
  }

  #mourn(here: World): void {
    const left = here.unsettled().filter(({ state }) => state !== 'dead' && state !== 'left')
    for (const { id, integration, state } of left.slice(0, 3))
      this.#complaints.push(`nothing accepted is lost: ${id} of ${integration} is ${state} though all is well for days`)
  }

  async #checkTold(bot: string): Promise<void> {
    for (const { notice } of await this.#here.hookward.notices(bot))
      if (notice.status === 'pending' || notice.status === 'expanded')
        this.#complaints.push(`each step is mailed once: ${notice.id} is ${notice.status} though all is well for days`)
  }
}
