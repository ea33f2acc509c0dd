import { createActor } from 'xstate'
import type { Attempt } from '../../src/domain/delivery.ts'
import type { ChartState, Explanation, Signal } from '../../src/domain/health.ts'
import type { IntegrationStatus } from '../../src/domain/integration.ts'
import type { OutcomeFacts } from '../../src/domain/outcome.ts'
import { deadlineOf } from '../../src/engine/deadline.ts'
import { settle } from '../../src/engine/settle.ts'
import { createIntegration, viewOf, type Started } from '../../src/machines/index.ts'
import { explanation } from '../../src/policy/explanation.ts'
import type { Policy } from '../../src/policy/index.ts'
import { start } from './standard-signals.ts'

/** What the receiver does with an attempt: it answers well, or with this. `afterMs` is since the start. */
export type Receiver = (afterMs: number, deliveryId: string, attempt: number) => 'ok' | OutcomeFacts

/** How one integration fared. */
export interface Drive {
  readonly states: readonly { readonly afterMs: number; readonly to: ChartState }[]
  readonly dead: number
  readonly attempts: number
  readonly explanation: Explanation
}

interface Delivery {
  readonly id: string
  readonly acceptedAt: number
  attempts: number
  /** Exchanges, those that were not spent too. */
  tries: number
  isDone: boolean
}

/**
 * One integration with chart and policy, and an engine of a few lines: deliveries are accepted at the moments given,
 * each attempt ends at once, what is held is sent when the lane opens, and probes take what is held in turn.
 */
export function drive(options: {
  readonly policy: Policy
  readonly receiver: Receiver
  /** Since the start, in order. */
  readonly accepted: readonly number[]
  readonly untilMs: number
  readonly status?: IntegrationStatus
  /** From 0 to 1: jitter. */
  readonly chance?: () => number
  /** The `retry-after` of each throttling answer. */
  readonly retryAfter?: string
}): Drive {
  const { policy, receiver, status = 'internal', chance = () => 0.5, retryAfter } = options
  const actor = createActor(createIntegration(policy), { input: { integrationId: 'acme-bot', at: start } }).start()
  const queue = new Agenda()
  const waiting = new Set<Delivery>()
  const states: { afterMs: number; to: ChartState }[] = []
  let [dead, attempts] = [0, 0]

  const context = () => actor.getSnapshot().context
  const send = (signal: Signal & { readonly at: number }) => {
    const { epoch } = context()
    const before = context()
    actor.send(signal)
    if (context() === before) return
    for (const to of context().walked) states.push({ afterMs: signal.at - start, to })
    const view = viewOf(actor.getSnapshot())
    if (view.state === 'broken.condemned') {
      send({ type: 'disable.committed', at: signal.at })
      return
    }
    const dueAt = deadlineOf(view)
    if (dueAt !== undefined) queue.put(Math.max(dueAt, signal.at), { timer: context() })
    if (context().epoch !== epoch && context().gate === 'probe') probe(signal.at)
    if (context().epoch !== epoch && context().gate === 'open')
      for (const delivery of waiting) queue.put(signal.at, { delivery })
  }
  const probe = (at: number) => {
    const [next] = waiting
    if (next === undefined) return
    waiting.delete(next)
    waiting.add(next)
    attempt(next, at, true)
  }
  const attempt = (delivery: Delivery, at: number, isProbe: boolean) => {
    attempts += 1
    delivery.tries += 1
    const started = startedOf(delivery, isProbe)
    const answer = receiver(at - start, delivery.id, delivery.tries)
    const ended = endedOf(answer, at, retryAfter)
    const patience = policy.patience?.(context().policy.memory, at)
    const known = { status, chance: chance(), restedAt: at, ...(patience === undefined ? {} : { patience }) }
    const { next, signal } = settle(policy, started, ended, known)
    delivery.isDone = typeof next === 'string'
    if (typeof next !== 'string') delivery.attempts = next.attempts ?? 0
    if (delivery.isDone) waiting.delete(delivery)
    if (next === 'dead') dead += 1
    if (typeof next !== 'string' && 'dueAt' in next) queue.put(next.dueAt, { delivery })
    if (signal !== undefined && 'at' in signal)
      send('attempt' in signal ? { ...signal, attempt: delivery.tries } : signal)
  }

  options.accepted.forEach((afterMs, i) =>
    queue.put(start + afterMs, {
      delivery: { id: `dlv_${i}`, acceptedAt: start + afterMs, attempts: 0, tries: 0, isDone: false },
    }),
  )
  for (let next = queue.take(); next !== undefined && next.at <= start + options.untilMs; next = queue.take()) {
    const { at, what } = next
    if ('timer' in what) {
      if (what.timer === context()) send({ type: 'timer.due', timer: 'deadline', at })
      continue
    }
    const { delivery } = what
    if (delivery.isDone) continue
    waiting.add(delivery)
    if (context().gate === 'open') attempt(delivery, at, false)
    else if (context().gate === 'probe' && waiting.size === 1) attempt(delivery, at, true)
  }
  const view = viewOf(actor.getSnapshot())
  actor.stop()
  return { states, dead, attempts, explanation: explanation(view.state, view.context, { held: {}, dead: {} }) }
}

function startedOf({ id, acceptedAt, attempts }: Delivery, isProbe: boolean): Started {
  const where = { integrationId: 'acme-bot', installationId: 'ins_1', organization: 'acme' }
  const delivery = { ...where, id, eventId: `evt_${id}`, topic: 'issue.created', acceptedAt }
  return { delivery, attempts, origin: 'https://acme.dev', epoch: 0, isProbe, startedAt: 0 }
}

function endedOf(answer: 'ok' | OutcomeFacts, at: number, retryAfter: string | undefined): Attempt {
  const facts = answer === 'ok' ? ({ kind: 'ok', status: 200, code: 'HTTP_200' } as const) : answer
  const headers = facts.kind === 'throttled' && retryAfter !== undefined ? { 'retry-after': retryAfter } : {}
  const outcome = { ...facts, headers, phase: 'head', durationMs: 1, body: '', bodyBytes: 0, truncated: false } as const
  return { requestId: 'req', url: 'https://acme.dev/hook', headers: {}, body: new Uint8Array(), at, outcome }
}

type What = { readonly delivery: Delivery } | { readonly timer: unknown }

/** What is due, the earliest first; of two at one moment, the one put in first. */
class Agenda {
  readonly #items: { readonly at: number; readonly what: What }[] = []

  put(at: number, what: What): void {
    let [low, high] = [0, this.#items.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#items[middle]?.at ?? 0) > at) low = middle + 1
      else high = middle
    }
    // The list is kept backwards, so that the earliest is taken from its end.
    this.#items.splice(this.#first(low, at), 0, { at, what })
  }

  take(): { readonly at: number; readonly what: What } | undefined {
    return this.#items.pop()
  }

  #first(index: number, at: number): number {
    let first = index
    while (first > 0 && this.#items[first - 1]?.at === at) first -= 1
    return first
  }
}
