import type { Incident } from '../domain/health.ts'
import type { OutcomeFacts } from '../domain/outcome.ts'
import { isOver, reachOf, signOfOutage, type Begun, type OutageRule, type OutageSign } from '../policy/own-outage.ts'
import type { Clock } from '../ports.ts'

/** What the guard works with. */
export interface OutageGuardParts {
  /** @default none: it believes every outcome */
  readonly rule: OutageRule | undefined
  readonly clock: Clock
  readonly onFrozen: (outage: Outage) => void
  readonly onThawed: (outage: Outage) => void
}

/** An outage of our own that is going on. */
export interface Outage {
  readonly sign: OutageSign
  readonly since: number
  /** Hosts that were alive when it began. */
  readonly alive: number
  /** Hosts that began to fail and were not reached since. */
  readonly hosts: ReadonlySet<string>
}

/** How often hosts that are alive are counted: it changes slowly, and takes a look at each. */
const aliveAgainMs = 60_000
/** So many that are over are remembered. */
const overMax = 16
/** One that was not reached for so long is as one never reached. */
const forgetMs = 30 * 86_400_000
/** Looked for so often: it takes a look at each host. */
const forgetEveryMs = 3_600_000

/**
 * Watches all hosts at once: when they fail together, it is our own side that is down. While it is, that a host cannot be
 * reached is our own trouble.
 */
export class OutageGuard {
  readonly #parts: OutageGuardParts
  /** Hosts that are long gone leave it: URLs change for as long as an engine runs. */
  readonly #reachedAt = new Map<string, number>()
  readonly #failing = new Set<string>()
  #begun: Begun[] = []
  #over: readonly { readonly since: number; readonly until: number }[] = []
  #lastReachedAt: number
  #forgotAt = 0
  #outage: (Outage & { readonly hosts: Set<string> }) | undefined
  #alive = { count: 0, until: 0 }

  constructor(parts: OutageGuardParts) {
    this.#parts = parts
    this.#lastReachedAt = parts.clock.now()
  }

  get outage(): Outage | undefined {
    return this.#outage
  }

  /** How much of a span fell into outages: the one that is on, and those before it that are remembered. */
  lostMs(from: number, to: number): number {
    const on = this.#outage === undefined ? [] : [{ since: this.#outage.since, until: to }]
    return [...this.#over, ...on].reduce((sum, { since, until }) => {
      return sum + Math.max(0, Math.min(until, to) - Math.max(since, from))
    }, 0)
  }

  /**
   * Takes up what the records tell: who was reached and when, and who has been failing since before. That nobody was
   * reached while no engine ran is no sign of anything.
   */
  recall(host: string, at: number, incident: Incident | null): void {
    if (this.#parts.rule === undefined || at === 0) return
    const kind = incident?.cause.outcome?.kind
    const isFailing = kind !== undefined && reachOf(kind) === false
    this.#reachedAt.set(host, Math.max(this.#reachedAt.get(host) ?? 0, isFailing ? (incident?.startedAt ?? 0) : at))
    if (isFailing) this.#failing.add(host)
  }

  /** What an outcome is worth: as it is, or our own trouble. */
  heard<O extends OutcomeFacts>(host: string, outcome: O): O {
    const isReached = reachOf(outcome.kind)
    if (this.#parts.rule === undefined || isReached === undefined) return outcome
    const at = this.#parts.clock.now()
    if (isReached) this.#reached(host, at)
    else this.#failed(host, at, this.#parts.rule)
    return isReached || this.#outage === undefined ? outcome : { ...outcome, kind: 'local', code: 'OWN_OUTAGE' }
  }

  #reached(host: string, at: number): void {
    this.#forgetOld(at)
    this.#reachedAt.set(host, at)
    this.#lastReachedAt = at
    if (this.#failing.delete(host)) this.#begun = this.#begun.filter((one) => one.host !== host)
    this.#outage?.hosts.delete(host)
    this.#look(at)
  }

  #failed(host: string, at: number, rule: OutageRule): void {
    this.#begin(host, at)
    if (this.#outage !== undefined) return this.#look(at)
    this.#prune(at, rule)
    const alive = () => this.#countAlive(at, rule)
    const sign = signOfOutage(rule, { at, begun: this.#begun, reachedAt: this.#lastReachedAt, alive })
    if (sign === undefined) return
    const hosts = new Set(this.#begun.map((one) => one.host))
    this.#outage = { sign, since: at, alive: alive(), hosts }
    this.#parts.onFrozen(this.#outage)
  }

  /** One that was never reached tells nothing: its address may never have been right. */
  #begin(host: string, at: number): void {
    if (this.#failing.has(host) || !this.#reachedAt.has(host)) return
    this.#failing.add(host)
    this.#begun.push({ host, at })
    this.#outage?.hosts.add(host)
  }

  #look(at: number): void {
    const { rule } = this.#parts
    if (rule === undefined || this.#outage === undefined) return
    const { hosts, ...outage } = this.#outage
    if (!isOver(rule, { ...outage, failing: hosts.size, reachedAt: this.#lastReachedAt }, at)) return
    // Those that still fail are to blame themselves from now on, until they are reached.
    this.#begun = []
    this.#outage = undefined
    this.#over = [...this.#over, { since: outage.since, until: at }].slice(-overMax)
    this.#parts.onThawed({ ...outage, hosts })
  }

  /** What neither sign asks for any more. */
  #prune(at: number, { slackMs, togetherMs }: OutageRule): void {
    const since = Math.min(this.#lastReachedAt - slackMs, at - togetherMs)
    if ((this.#begun[0]?.at ?? at) < since) this.#begun = this.#begun.filter((one) => one.at >= since)
  }

  #forgetOld(at: number): void {
    if (Math.abs(at - this.#forgotAt) < forgetEveryMs) return
    this.#forgotAt = at
    for (const [host, reachedAt] of this.#reachedAt) {
      if (at - reachedAt <= forgetMs) continue
      this.#reachedAt.delete(host)
      this.#failing.delete(host)
    }
  }

  #countAlive(at: number, { aliveMs }: OutageRule): number {
    if (at >= this.#alive.until || this.#alive.until - at > aliveAgainMs) {
      const count = [...this.#reachedAt.values()].filter((reachedAt) => reachedAt > at - aliveMs).length
      this.#alive = { count, until: at + aliveAgainMs }
    }
    return this.#alive.count
  }
}
