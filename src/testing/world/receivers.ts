import { HookwardError } from '../../domain/errors.ts'
import { msOf, type Span } from '../span.ts'
import type { AnswerParts, Trouble, WorldAnswer, WorldRequest } from './answers.ts'
import { Script, type ScriptPhase } from './script.ts'

/** A receiver of the world: it answers 200 at once, until it is told otherwise. */
export interface WorldReceiver {
  /** Where it listens. */
  readonly url: string
  /** What it got, in that order. */
  readonly requests: readonly WorldRequest[]
  /**
   * What it answers from now on, in the place of all it was told before.
   * @example
   * world.receiver('bot').answer(503).for('4d').then(200)
   */
  answer(answer: WorldAnswer): ScriptPhase
  /** Answers so and so in turn, each for so long. */
  flap(every: Span, ...answers: readonly WorldAnswer[]): void
  /** How long each of its answers takes from now on. @default 0 */
  latency(span: Span): void
}

/** One receiver, and what it is asked. */
export class ScriptedReceiver implements WorldReceiver {
  readonly url: string
  readonly requests: WorldRequest[] = []
  readonly #script: Script
  readonly #attempts = new Map<string, number>()
  #latencyMs = 0

  constructor(url: string, elapsedMs: () => number) {
    this.url = url
    this.#script = new Script(elapsedMs)
  }

  get latencyMs(): number {
    return this.#latencyMs
  }

  answer(answer: WorldAnswer): ScriptPhase {
    return this.#script.begin(answer)
  }

  flap(every: Span, first: WorldAnswer, ...others: readonly WorldAnswer[]): void {
    let step = this.answer(first).for(every)
    for (const answer of others) step = step.then(answer).for(every)
    step.repeat()
  }

  latency(span: Span): void {
    this.#latencyMs = msOf(span, 'the latency')
  }

  /** What becomes of one more request. */
  ask(request: Omit<WorldRequest, 'attempt'>): {
    readonly answer: number | AnswerParts | Trouble
    readonly request: WorldRequest
  } {
    const attempt = (this.#attempts.get(request.deliveryId) ?? 0) + 1
    const asked = { ...request, attempt }
    const said = this.#script.next()
    return { answer: typeof said === 'function' ? said(asked) : said, request: asked }
  }

  /** It has read this request. */
  got(request: WorldRequest): void {
    this.#attempts.set(request.deliveryId, request.attempt)
    this.requests.push(request)
  }
}

/** All receivers, by their ids: each is a host of its own, made when it is first named. */
export class Receivers {
  readonly #byId = new Map<string, ScriptedReceiver>()
  readonly #elapsedMs: () => number

  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs
  }

  of(id: string): ScriptedReceiver {
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(id))
      throw new HookwardError('SLUG_INVALID', `a receiver cannot be called ${JSON.stringify(id.slice(0, 64))}`)
    const receiver = new ScriptedReceiver(`https://${id}${domain}/hook`, this.#elapsedMs)
    this.#byId.set(id, receiver)
    return receiver
  }

  /** The one at this URL, if it is one of the world's. */
  at(url: string): ScriptedReceiver | undefined {
    const { hostname } = new URL(url)
    return hostname.endsWith(domain) ? this.#byId.get(hostname.slice(0, -domain.length)) : undefined
  }
}

const domain = '.world.example'
