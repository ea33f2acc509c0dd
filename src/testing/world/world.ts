import { setImmediate as turn } from 'node:timers/promises'
import { HookwardError } from '../../domain/errors.ts'
import type { IntegrationView } from '../../domain/integration.ts'
import type { Hookward } from '../../engine/hookward.ts'
import type { EmitResult } from '../../engine/intake.ts'
import type { AnyEvent } from '../../engine/observers.ts'
import type { Policy } from '../../policy/health/policy.ts'
import { sentry } from '../../policy/health/sentry.ts'
import { standard } from '../../policy/health/standard.ts'
import type { EmitInput, OpenTopics } from '../../policy/parse-event.ts'
import type { IntegrationInput } from '../../policy/parse-integration.ts'
import { msOf, type Span } from '../span.ts'
import { watchedPolicy } from './face.ts'
import { Host, isSettled } from './host.ts'
import { Judge } from './judge/judge.ts'
import { PostOffice, type Mailbox } from './mailbox.ts'
import { readWorldOptions, type WorldOptions } from './options.ts'
import { Receivers, type WorldReceiver } from './receivers.ts'
import { VirtualTime } from './time.ts'
import type { Crash, Unsettled, World, WorldClock, WorldCounts, WorldDisk } from './types.ts'

/**
 * Makes a world and starts its engine. Impossible options throw a `HookwardError`.
 * @example
 * const w = await world({ policy: 'standard', seed: 7 })
 * await w.register('bot')
 * w.receiver('bot').answer(503).for('4d').then(200)
 * w.every('1h')
 * await w.run('6d')
 * w.mailbox.to('ops@acme.dev').expectInOrder('broken', 'recovered')
 * w.expectWell()
 */
export async function world<Topics = OpenTopics>(options: WorldOptions = {}): Promise<World<Topics>> {
  const made = new VirtualWorld(readWorldOptions(options))
  await made.restart()
  // Which topics there are is for the compiler alone: an engine takes what its schemas let through.
  return made as World<unknown> as World<Topics>
}

class VirtualWorld implements World {
  readonly events: AnyEvent[] = []
  readonly trace: string[] = []
  readonly clock: WorldClock
  readonly #host: Host
  readonly #time: VirtualTime
  readonly #receivers: Receivers
  readonly #post = new PostOffice()
  readonly #judge: Judge
  readonly #faults: unknown[] = []
  readonly #stood = { fromMs: 0, toMs: 0 }
  #options: WorldOptions
  #policy: Policy
  #cutUntilMs = 0
  #ticks = 0

  constructor(options: WorldOptions) {
    this.#options = options
    this.#policy = policyOf(options)
    this.#time = new VirtualTime(options.startMs ?? Date.UTC(2024, 5, 1, 12))
    const time = this.#time
    this.#receivers = new Receivers(() => time.elapsedMs)
    const judge = new Judge(
      () => this.#policy,
      () => time.now,
      () => time.elapsedMs,
    )
    this.#judge = judge
    this.clock = {
      now: () => time.now,
      forward: (span) => this.#jump(msOf(span)),
      back: (span) => this.#jump(-msOf(span)),
    }
    const isCut = () => time.elapsedMs < this.#cutUntilMs
    const note = (fact: string) => void this.trace.push(`${new Date(time.now).toISOString()} ${fact}`)
    const parts = { time, judge, receivers: this.#receivers, post: this.#post, stood: this.#stood, isCut, note }
    this.#host = new Host(options, parts, (event) => this.events.push(event))
  }

  get hookward(): Hookward {
    return this.#host.hookward
  }

  get isRunning(): boolean {
    return this.#host.isRunning
  }

  get disk(): WorldDisk {
    return this.#host.disk
  }

  get mailbox(): Mailbox {
    return this.#post.mailbox
  }

  get counts(): WorldCounts {
    const { attempts, deliveries } = this.#judge
    return { accepted: deliveries.accepted, attempts: attempts.count, crashes: this.#host.crashes }
  }

  unsettled(): readonly Unsettled[] {
    return this.#judge.unsettled()
  }

  receiver(id: string): WorldReceiver {
    return this.#receivers.of(id)
  }

  async register(slug: string, input: Partial<IntegrationInput> = {}): Promise<IntegrationView> {
    const { hookward } = this
    const usual = { organization: 'acme', topics: ['world'], owners: [{ email: 'ops@acme.dev' }], secret }
    const whole = { slug, url: this.receiver(slug).url, ...usual, ...input }
    const view = await hookward.integrations.put(whole)
    await hookward.installations.install({ integration: slug, organization: whole.organization }, { announce: false })
    return view
  }

  async emit(event: Partial<EmitInput> = {}): Promise<EmitResult> {
    const n = (this.#ticks += 1)
    const result = await this.hookward.emit({ topic: 'world.ticked', organization: 'acme', data: { n }, ...event })
    await turn()
    return result
  }

  every(span: Span, act: () => unknown = () => this.emit()): () => void {
    const ms = msOf(span)
    if (ms < 1) throw new HookwardError('OPTION_INVALID', 'the span of every must be a millisecond or more')
    let cancel = () => undefined as void
    const next = () => {
      cancel = this.#time.after(ms, next)
      if (this.isRunning) void this.#try(act)
    }
    cancel = this.#time.after(ms, next)
    return () => cancel()
  }

  async run(span: Span): Promise<void> {
    const untilMs = this.#time.elapsedMs + msOf(span)
    await this.#host.settle()
    while (this.#time.step(untilMs)) await this.#host.settle()
    this.#time.stand(untilMs)
    await this.#host.settle()
    const [fault] = this.#faults.splice(0)
    if (fault !== undefined) throw fault as Error
  }

  async until<T>(what: Promise<T> | (() => boolean), within: Span = '30d'): Promise<T> {
    const isOver = typeof what === 'function' ? what : isSettled(what)
    const untilMs = this.#time.elapsedMs + msOf(within)
    await this.#host.settle()
    while (!isOver()) {
      if (!this.#time.step(untilMs)) throw new Error(`what was waited for did not come within ${within}`)
      await this.#host.settle()
    }
    return typeof what === 'function' ? (undefined as T) : what
  }

  cut(span: Span): void {
    this.#cutUntilMs = this.#time.elapsedMs + msOf(span)
  }

  async suspend(span: Span): Promise<void> {
    await this.#host.settle()
    const fromMs = this.#time.elapsedMs
    this.#time.stand(fromMs + msOf(span))
    Object.assign(this.#stood, { fromMs, toMs: this.#time.elapsedMs })
    await this.run(0)
  }

  async crash(how: Crash = 'process'): Promise<void> {
    await this.#host.fall(how)
  }

  async restart(options: Partial<Pick<WorldOptions, 'policy' | 'engine'>> = {}): Promise<void> {
    await this.#host.stop()
    this.#options = { ...this.#options, ...options }
    if (options.policy !== undefined) this.#policy = policyOf(this.#options)
    await this.#host.start({ ...this.#options, policy: watchedPolicy(this.#policy, this.#judge) })
  }

  invariants(): readonly string[] {
    return this.#judge.verdict(this.isRunning)
  }

  expectWell(): void {
    const violations = this.invariants()
    if (violations.length > 0) throw new Error(`promises were broken:\n  ${violations.join('\n  ')}`)
  }

  async #try(act: () => unknown): Promise<void> {
    try {
      await act()
    } catch (error) {
      const { code } = error as { readonly code?: string }
      // The host meets with this when the engine goes down meanwhile.
      if (code !== 'ENGINE_STOPPED' && code !== 'ENGINE_FAILED') this.#faults.push(error)
    }
  }

  #jump(ms: number): void {
    this.#time.jump(ms)
  }
}

/** Both schemes sign with it. */
const secret = 'whsec_dGhlIHZpcnR1YWwgd29ybGQncyBvd24ga2V5'

function policyOf({ policy }: WorldOptions): Policy {
  if (policy === 'sentry') return sentry()
  return policy === undefined || policy === 'standard' ? standard() : policy
}
