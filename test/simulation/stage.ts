import { HookwardError, type IntegrationInput } from '../../src/index.ts'
import type { Policy } from '../../src/policy/index.ts'
import { world, type World } from '../../src/testing.ts'
import { rules } from './rules.ts'
import type { Action, Call, Script } from './script.ts'

/** Refusals that a host must expect. */
const expected: ReadonlySet<string> = new Set([
  ...['ENGINE_STOPPED', 'ENGINE_FAILED', 'INTEGRATION_UNKNOWN', 'INTEGRATION_PAUSED', 'INTEGRATION_CLOSED'],
  ...[
    'INTEGRATION_BUSY',
    'INSTALLATION_UNKNOWN',
    'PROBE_FAILED',
    'PROBE_TOO_SOON',
    'IDEMPOTENCY_CONFLICT',
    'STORE_BACKLOG_FULL',
  ],
])

const organization = 'acme'
const all = { limit: 1_000 }
const inLedger: ReadonlySet<string> = new Set(['held', 'left', 'dead'])

type Acts = { readonly [Name in Action['do']]: (action: Extract<Action, { readonly do: Name }>) => unknown }

/** A world, and the host in it that acts by a script. Nobody waits for an answer: the engine may be gone before it comes. */
export class Stage {
  readonly world: World
  /** What a host would rightly complain of. */
  readonly complaints: string[] = []
  readonly #script: Script
  readonly #acts: Acts
  /** A fault was put in that the engine may stop over. */
  #mayFail = false
  #count = 0
  #stopTraffic = (): void => undefined

  private constructor(script: Script, made: World) {
    this.#script = script
    this.world = made
    this.#acts = this.#makeActs()
  }

  static async set(script: Script): Promise<Stage> {
    const { seed, rule, bots, checkpointMs, segmentBytesMax, backlogBytesMax } = script
    const setting = { seed, checkpointMs, segmentBytesMax, backlogBytesMax }
    const stage = new Stage(script, await world({ policy: ruleOf(rule), ...setting }))
    for (const bot of bots) await stage.#register(bot)
    return stage
  }

  /** One step; a host starts its engine again, whatever it went down of. */
  async act(action: Action): Promise<void> {
    await this.#acts[action.do](action as never)
    await this.world.run(0)
    await this.up()
  }

  async up(): Promise<void> {
    for (let tries = 0; !this.world.isRunning && tries < 5; tries += 1) {
      this.world.disk.mend()
      await this.#restart()
    }
    if (!this.world.isRunning) this.complaints.push('the engine does not start any more')
  }

  endTraffic(): void {
    this.#stopTraffic()
    this.#stopTraffic = () => undefined
  }

  #makeActs(): Acts {
    const { world: here } = this
    return {
      emit: ({ count, key }) => {
        for (let n = 0; n < count; n += 1) this.#emit(key)
      },
      traffic: ({ everyMs }) => {
        this.endTraffic()
        if (everyMs > 0) this.#stopTraffic = here.every(everyMs, () => this.#emit())
      },
      pass: ({ ms }) => this.#pass(ms),
      answer: ({ bot, answer, forMs }) => {
        const phase = here.receiver(bot).answer(answer)
        if (forMs !== undefined) phase.for(forMs)
      },
      latency: ({ bot, ms }) => here.receiver(bot).latency(ms),
      admin: ({ bot, call }) => this.#steer(bot, call),
      move: ({ bot, to }) => this.#ask('put', () => this.#register(bot, { url: here.receiver(to).url })),
      owners: ({ bot, count }) => {
        const owners = Array.from({ length: count }, (_, n) => ({ email: `owner${n}@acme.dev` }))
        this.#ask('put', () => this.#register(bot, { owners }))
      },
      install: ({ bot }) => this.#ask('install', () => this.#installing.install({ integration: bot, organization })),
      uninstall: ({ bot }) =>
        this.#ask('uninstall', () => this.#installing.uninstall({ integration: bot, organization })),
      remove: ({ bot }) =>
        this.#ask('remove', async () => {
          await here.hookward.integrations.remove(bot, { waiting: 'skip' })
          await this.#register(bot)
        }),
      replay: ({ bot, as }) =>
        this.#ask('replay', () => here.hookward.replay(bot, { which: 'all', as, perSecond: 100 })),
      look: () => this.#look(),
      crash: async ({ how, downMs }) => {
        await here.crash(how)
        await here.run(downMs)
      },
      'crash at': ({ write, how }) => here.disk.crashAt(write, how),
      'fail at': ({ write, code }) => {
        this.#mayFail = true
        here.disk.failAt(write, code)
      },
      full: async ({ ms }) => {
        this.#mayFail = true
        here.disk.fail()
        await here.run(ms)
        here.disk.mend()
      },
      restart: ({ rule }) => this.#restart(rule),
      clock: ({ byMs }) => (byMs < 0 ? here.clock.back(-byMs) : here.clock.forward(byMs)),
      suspend: ({ ms }) => here.suspend(ms),
      cut: ({ ms }) => here.cut(ms),
      mail: ({ server }) => here.mailbox.server(server),
    }
  }

  get #installing() {
    return this.world.hookward.installations
  }

  async #restart(rule?: string): Promise<void> {
    try {
      await this.world.restart(rule === undefined ? {} : { policy: ruleOf(rule) })
    } catch (error) {
      if (!this.#mayFail) this.#complain('a start', error)
    }
  }

  /** What the engine shows of its ledgers is what it has given to its store. */
  async #look(): Promise<void> {
    await this.world.run(0)
    if (!this.world.isRunning) return
    const { hookward } = this.world
    const kept = this.world.unsettled()
    for (const { id: bot } of hookward.integrations.list()) {
      const [held, dead] = await Promise.all([hookward.held(bot, all), hookward.dead(bot, all)])
      const shown = [held, dead].flatMap(({ entries }) => entries.map(({ deliveryId }) => deliveryId))
      const known = kept.filter(({ integration, isUnderWay, state }) => {
        return integration === bot && !isUnderWay && inLedger.has(state)
      })
      const other = differing(shown, known.map(({ id }) => id)) // prettier-ignore
      if (other.length > 0) this.complaints.push(`nothing accepted is lost: ${other.join(', ')} of ${bot} in one ledger only`) // prettier-ignore
      if ((await hookward.explain(bot)).integration !== bot) this.complaints.push(`${bot} is explained as another`)
    }
  }

  /** Whatever takes the engine down meanwhile, somebody starts it again before long. */
  async #pass(ms: number): Promise<void> {
    for (let left = ms; left > 0;) {
      const part = Math.min(left, Math.max(60_000, Math.ceil(ms / 8)))
      await this.world.run(part)
      left -= part
      await this.up()
    }
  }

  #emit(key?: string): void {
    const { hookward } = this.world
    const data = key === undefined ? { n: (this.#count += 1) } : { key }
    const options = key === undefined ? {} : { key }
    this.#ask('emit', () => hookward.emit({ topic: 'world.ticked', organization, data }, options))
  }

  #steer(bot: string, call: Call): void {
    const { integrations } = this.world.hookward
    const forced = { force: true, reason: 'simulated' } as const
    const calls: Readonly<Record<Call, () => Promise<unknown>>> = {
      enable: () => integrations.enable(bot),
      'enable left': () => integrations.enable(bot, { replay: 'none', ...forced }),
      'enable forced': () => integrations.enable(bot, forced),
      disable: () => integrations.disable(bot),
      pause: () => integrations.pause(bot),
      resume: () => integrations.resume(bot),
      probe: () => integrations.probe(bot),
      flicker: () => Promise.all([integrations.pause(bot), integrations.resume(bot)]),
    }
    this.#ask(call, calls[call])
  }

  async #register(bot: string, input: Partial<IntegrationInput> = {}): Promise<unknown> {
    const ordered = this.#script.ordered ? { ordered: { by: 'integration', blockingMaxMs: 600_000 } as const } : {}
    return this.world.register(bot, { ...ordered, ...input })
  }

  #ask(what: string, call: () => Promise<unknown>): void {
    const asked = (async () => call())()
    asked.catch((error: unknown) => this.#complain(what, error))
  }

  #complain(what: string, error: unknown): void {
    const { code, stack } = error as { readonly code?: string; readonly stack?: string }
    if (error instanceof HookwardError && expected.has(code ?? '')) return
    this.complaints.push(`${what} was refused: ${stack ?? String(error)}`)
  }
}

function differing(some: readonly string[], others: readonly string[]): readonly string[] {
  return [...some.filter((one) => !others.includes(one)), ...others.filter((one) => !some.includes(one))]
}

function ruleOf(name: string): Policy {
  const rule = rules[name]
  if (rule === undefined) throw new Error(`no rule is called ${name}`)
  return rule()
}
