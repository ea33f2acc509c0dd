import type { OutcomeKind } from '../domain/outcome.ts'

/** When failures tell of our own side rather than of the receivers'. Spans are in milliseconds. */
export interface OutageRule {
  /** So many hosts began to fail that were reached before, and none at all is reached any more. */
  readonly hosts: number
  /** For so long. One that began to fail no longer than this before the last was reached is counted beside those after it. */
  readonly slackMs: number
  /** Or: this share of the hosts that are alive began to fail together. */
  readonly share: number
  /** By share: of at least so many. */
  readonly aliveHosts: number
  /** Alive: reached within this span. */
  readonly aliveMs: number
  /** Together: within this span. */
  readonly togetherMs: number
  /** It is believed no longer than this, unless at least `aliveHosts` fail and nothing at all is reached. */
  readonly releaseMs: number
}

/** A host that was reached before and began to fail. */
export interface Begun {
  readonly host: string
  readonly at: number
}

/** What is known when a host fails. */
export interface Trouble {
  readonly at: number
  /** The oldest first. */
  readonly begun: readonly Begun[]
  /** Any host was reached last. */
  readonly reachedAt: number
  /** How many hosts are alive; asked only where it matters. */
  readonly alive: () => number
}

/** What tells of our own side. */
export type OutageSign = 'silence' | 'share'

/** Whether an outcome tells that its host cannot be reached, that it can, or neither. */
export function reachOf(kind: OutcomeKind): boolean | undefined {
  if (kind === 'local' || kind === 'blocked') return undefined
  return kind !== 'unreachable' && kind !== 'timeout'
}

/** What makes it an outage of our own; `undefined`: the receivers are to blame. */
export function signOfOutage(rule: OutageRule, { at, begun, reachedAt, alive }: Trouble): OutageSign | undefined {
  const { hosts, slackMs, share, aliveHosts, togetherMs } = rule
  const silentSince = begun.find((one) => one.at > reachedAt)?.at ?? at
  const unanswered = begun.filter((one) => one.at >= reachedAt - slackMs)
  if (at - silentSince >= slackMs && unanswered.length >= hosts) return 'silence'
  const together = begun.filter((one) => one.at > at - togetherMs).length
  if (together < aliveHosts * share) return undefined
  const all = alive()
  return all >= aliveHosts && together >= all * share ? 'share' : undefined
}

/** An outage that is going on. */
export interface Ongoing {
  readonly sign: OutageSign
  readonly since: number
  /** Hosts that were alive when it began. */
  readonly alive: number
  /** Hosts that fail. */
  readonly failing: number
  /** Any host was reached last. */
  readonly reachedAt: number
}

/** Whether it is not believed any more. */
export function isOver(rule: OutageRule, { sign, since, alive, failing, reachedAt }: Ongoing, at: number): boolean {
  // An engine takes the moment of its start for the last time anybody was reached, and may find the outage at once.
  const isSilent = reachedAt <= since
  if (sign === 'silence' ? !isSilent : failing < alive * rule.share) return true
  return !(isSilent && failing >= rule.aliveHosts) && at - since >= rule.releaseMs
}
