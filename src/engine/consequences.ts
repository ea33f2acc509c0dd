import type { ChartState } from '../domain/health.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { View } from '../machines/index.ts'
import { explanation } from '../policy/explanation.ts'
import type { Policy } from '../policy/health/policy.ts'
import type { Clock } from '../ports.ts'
import type { Backlog } from './backlog.ts'
import type { Catalogue } from './catalogue.ts'
import type { Dispatcher } from './dispatcher.ts'
import { deadlineOf } from './deadline.ts'
import { disableNotices, withDying } from './disable-notice.ts'
import { dueLines, heldLines, holdReason } from './holding.ts'
import type { Ladder } from './ladder.ts'
import type { Mailroom } from './mailroom.ts'
import type { HealthEvent, Observers } from './observers.ts'
import type { OwnSide } from './own-side.ts'
import type { Quarantine } from './quarantine.ts'
import type { Ramps } from './ramps.ts'
import type { Registry } from './registry.ts'
import type { Shadow } from './shadow.ts'
import type { Consequences, Effects, Step } from './step.ts'
import type { Timers } from './timers.ts'

/** What consequences work with; the registry and the dispatcher are made after them, so they are asked for late. */
export interface ConsequencesParts {
  readonly policy: Policy
  readonly clock: Clock
  readonly timers: Timers
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  readonly observers: Observers
  readonly quarantine: Quarantine
  readonly ramps: Ramps
  readonly registry: () => Registry
  readonly dispatcher: () => Dispatcher
  readonly mailroom: () => Mailroom
  readonly ladder: Ladder
  readonly ownSide: OwnSide
  readonly shadow: Shadow | undefined
  /** Hears what went wrong in what follows from a step. */
  readonly onFault: (fault: unknown) => void
}

type Lines = ReturnType<Consequences['atOnce']>

/** What follows from a step of the chart: restrictions at once, all else when the commit is durable. */
export class StepConsequences implements Consequences {
  readonly #parts: ConsequencesParts
  /** Whoever enables these does not want the ledger sent, and the probe asked for on the way may be what heals them. */
  readonly #left = new Set<IntegrationId>()

  constructor(parts: ConsequencesParts) {
    this.#parts = parts
  }

  atOnce(step: Step, effects: Effects): Lines {
    const { id, before, after } = step
    const { gate, epoch } = after.context
    if (before.state === after.state && before.context.epoch === epoch) return {}
    if (gate === 'open') return before.context.gate === 'open' ? {} : this.#noticed(this.#release(step))
    this.#parts.ramps.stop(id)
    // A lane that is to be narrowed opens again, for its probe, once that is durable.
    if (before.context.epoch !== epoch) this.#parts.dispatcher().setLane(id, 'closed', epoch)
    return this.#noticed(this.#hold(step, effects))
  }

  #noticed(lines: Lines): Lines {
    this.#parts.mailroom().put(lines.notices ?? [])
    return lines
  }

  onceDurable(step: Step): void {
    try {
      this.#follow(step)
    } catch (fault) {
      this.#parts.onFault(fault)
    }
  }

  /** The timer by which the chart moves has run out unheard: without another one a broken integration never probes. */
  unheard({ id, signal, after }: Step): void {
    if (signal.type === 'timer.due' && after.isQuarantined !== true) this.watch(id, after, signal.at + unheardAgainMs)
  }

  /** Its actor failed once too often: nothing is sent any more, and what waits is kept. */
  quarantined(id: IntegrationId, at: number): void {
    const { backlog, dispatcher, observers, quarantine, ramps, registry, timers } = this.#parts
    ramps.stop(id)
    const view = registry().now(id)
    dispatcher().setLane(id, 'closed', view.context.epoch)
    timers.cancel(`deadline:${id}`)
    const waiting = backlog.judged(id).filter(({ state }) => state !== 'inflight')
    const audit = {
      at,
      integrationId: id,
      by: 'system',
      action: 'integration.quarantined',
      reason: quarantine.evidenceOf(id)?.evidence.summary ?? '',
    }
    const written = registry().note(id, at, () => ({ settled: heldLines(waiting, 'quarantined'), audit: [audit] }))
    const tell = () => {
      observers.tell('quarantined', {
        integration: id,
        at,
        explanation: explanation(view.state, view.context, backlog.counts(id), {
          quarantine: quarantine.evidenceOf(id),
        }),
      })
    }
    written.then(tell, () => undefined)
  }

  /** Let out of quarantine: lane, ledger and timers as the chart has them. */
  released(id: IntegrationId, hand: { readonly by: string; readonly reason: string }): Promise<void> {
    const { backlog, clock, mailroom, registry } = this.#parts
    const at = clock.now()
    const view = registry().now(id)
    const held = backlog.held(id)
    const settled = view.context.gate === 'open' ? dueLines(held, at) : heldLines(held, holdReason(view))
    const audit = { at, integrationId: id, ...hand, action: 'integration.released' }
    const written = registry().note(id, at, () => ({ settled, audit: [audit] }))
    return written.then(() => {
      this.#open(id, view)
      this.watch(id, view)
      mailroom().arm(id)
    })
  }

  /** The verdict and its notice are durable: the chart may enter `disabled`. */
  disable(id: IntegrationId): void {
    const at = this.#parts.clock.now()
    // A write that fails stops the engine, which tells so itself.
    void this.#parts
      .registry()
      .send(id, { type: 'disable.committed', at })
      .catch(() => undefined)
  }

  /** Does something over which an integration may recover: its ledger is left as it is then. */
  async leaving(id: IntegrationId, work: () => Promise<void>): Promise<void> {
    this.#left.add(id)
    await work().finally(() => this.#left.delete(id))
  }

  /** Sets the one timer by which an integration is judged again without a delivery, not before `earliest`. */
  watch(id: IntegrationId, view: View, earliest = 0): void {
    const { clock, registry, timers } = this.#parts
    const dueAt = deadlineOf(view)
    const key = `deadline:${id}`
    if (dueAt === undefined) return timers.cancel(key)
    timers.set(key, Math.max(dueAt, earliest), () => {
      const signal = { type: 'timer.due', timer: 'deadline', at: clock.now() } as const
      void registry()
        .send(id, signal)
        .catch(() => undefined)
    })
  }

  #follow(step: Step): void {
    const { id, before, after, signal } = step
    // Told first: whoever listens hears of the recovery, or that it is broken, before the first attempt that follows.
    this.#tell(step)
    if (before.context.epoch !== after.context.epoch) this.#open(id, after)
    this.watch(id, after, signal.type === 'timer.due' ? signal.at + this.#judgeEveryMs : 0)
    this.#parts.ladder.follow(step)
    this.#parts.shadow?.followed(step)
    if (before.context.incident !== null && after.context.incident === null) this.#parts.mailroom().arm(id)
    if (after.state === 'broken.condemned') this.disable(id)
  }

  get #judgeEveryMs(): number {
    return this.#parts.ownSide.frozenAt === undefined ? judgeEveryMs : frozenEveryMs
  }

  /** Everything that waits goes into the ledger; what is in flight follows when it ends. */
  #hold(step: Step, effects: Effects): Lines {
    const waiting = this.#parts.backlog.judged(step.id).filter(({ state }) => state !== 'inflight')
    const settled = heldLines(waiting, holdReason(step.after))
    const joining = (effects.settled ?? []).filter(({ next }) => typeof next === 'object' && 'hold' in next)
    const held = waiting.length + joining.length
    const { dead } = this.#parts.backlog.counts(step.id)
    const ledger = { held: held === 0 ? {} : { disabled: held }, dead: withDying(dead, effects) }
    const notices = disableNotices(step, ledger)
    this.#parts.ladder.noted(notices)
    return { settled, notices }
  }

  /**
   * The lane opens: what was held is due again, never before its time, or is left there where the caller said so. After
   * an incident it stays held where the policy wants it sent slowly.
   */
  #release(step: Step): Lines {
    const { id, signal, after } = step
    const held = this.#parts.backlog.held(id)
    const notices = this.#parts.ladder.ended(step)
    const isLeft = this.#left.has(id) || (signal.type === 'admin.enable' && signal.replay === 'none')
    if (isLeft) return { settled: heldLines(held, 'left'), notices }
    if (after.state === 'healthy.probation' && this.#parts.ramps.begin(id)) return { notices }
    return { settled: dueLines(held, signal.at), notices }
  }

  /** A chart that has moved on since has its own lane. */
  #open(id: IntegrationId, { context }: View): void {
    const { backlog, dispatcher, registry } = this.#parts
    if (context.gate === 'closed' || registry().now(id).context.epoch !== context.epoch) return
    dispatcher().setLane(id, context.gate, context.epoch)
    if (context.gate !== 'open') return
    for (const { delivery } of backlog.of(id)) dispatcher().schedule(delivery.id)
    this.#parts.ramps.go(id)
  }

  #tell({ id, signal, before, after }: Step): void {
    const { walked } = after.context
    const event = (state: ChartState): HealthEvent => {
      const { backlog, policy } = this.#parts
      const ledger = backlog.counts(id)
      return {
        integration: id,
        at: signal.at,
        explanation: explanation(state, after.context, ledger, { policy }),
      }
    }
    const wasWell = before.state.startsWith('healthy')
    const { observers } = this.#parts
    if (walked.includes('degraded') && wasWell) observers.tell('degraded', event('degraded'))
    if (walked.includes('broken.holding') && (wasWell || before.state === 'degraded'))
      observers.tell('broken', event('broken.holding'))
    if (signal.type === 'disable.committed') observers.tell('disabled', event('disabled'))
    if (before.context.incident !== null && after.context.incident === null)
      observers.tell('recovered', event(after.state))
  }
}

/** A policy whose forecast does not come true is asked again this often, never in a loop. */
const judgeEveryMs = 1_000
/** While no time counts none comes true, and this often is enough. */
const frozenEveryMs = 60_000
/** One that throws over the question, this often. */
const unheardAgainMs = 60_000
