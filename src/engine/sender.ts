import type { Attempt, Delivery } from '../domain/delivery.ts'
import { textOf } from '../domain/errors.ts'
import type { Integration } from '../domain/integration.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Started } from '../machines/index.ts'
import type { Clock, Logger, Random, Store, TracedAttempt, Transport } from '../ports.ts'
import type { Policy } from '../policy/health/policy.ts'
import { attemptHeaders, maskHeaders, type AttemptFacts } from '../policy/headers.ts'
import type { Catalogue } from './catalogue.ts'
import type { FreshBodies } from './fresh-bodies.ts'
import { hexOf } from './ids.ts'
import type { Keyring } from './keyring.ts'
import type { OwnSide } from './own-side.ts'
import { factsOf, tryOf } from './settle.ts'
import type { Tracings } from './tracings.ts'

/** What the sender works with. */
export interface SenderParts {
  readonly policy: Policy
  readonly clock: Clock
  readonly random: Random
  readonly store: Store
  readonly transport: Transport
  readonly catalogue: Catalogue
  readonly keyring: Keyring
  readonly ownSide: OwnSide
  readonly fresh: FreshBodies
  readonly logger: Logger
  readonly tracings: Tracings
  readonly logBodyCharsMax: number
}

/** Makes one attempt: the frozen body, headers signed for this attempt, one outcome. Never rejects. */
export class Sender {
  readonly #parts: SenderParts

  constructor(parts: SenderParts) {
    this.#parts = parts
  }

  async attempt(started: Started): Promise<Attempt> {
    const { catalogue, clock, fresh, keyring, logBodyCharsMax: charsMax, logger, random, store } = this.#parts
    const { delivery } = started
    const integration = catalogue.known(delivery.integrationId)
    const requestId = hexOf(random)
    let body: Uint8Array = new Uint8Array()
    let headers: Readonly<Record<string, string>> = {}
    let traced: TracedAttempt | undefined
    const ended = (outcome: Outcome): Attempt => {
      const masked = maskHeaders(headers, Object.keys(integration.headers))
      const kept = { body: body.subarray(0, charsMax), outcome: { ...outcome, body: outcome.body.slice(0, charsMax) } }
      const at = clock.now()
      traced?.ended(factsOf(outcome), at)
      return { requestId, url: integration.url, headers: masked, at, ...kept }
    }
    try {
      body = fresh.take(delivery.id) ?? (await store.body(delivery.id))
      const found = keyring.keysOf(integration)
      const keys = found instanceof Promise ? await found : found
      traced = this.#parts.tracings.begin(delivery, { attempt: tryOf(started), url: integration.url, at: clock.now() })
      const sent = { keys, body, requestId, trace: traced?.sends }
      headers = this.#headers(delivery, integration, sent)
      const deadlineMs = integration.deadlineMs ?? this.#parts.policy.deadlineMs
      const request = { url: integration.url, headers, body, deadlineMs }
      const { run } = traced ?? untraced
      const exchange = () => run(() => this.#parts.transport.attempt(request))
      return ended(await this.#parts.ownSide.judged(catalogue.originOf(integration.id), exchange))
    } catch (error) {
      logger.error({ delivery: delivery.id, error: textOf(error) }, 'an attempt could not be made')
      return ended(ownTrouble)
    }
  }

  #headers(
    delivery: Delivery,
    integration: Integration,
    sent: Pick<AttemptFacts, 'keys' | 'body' | 'requestId' | 'trace'>,
  ) {
    return attemptHeaders({
      topic: delivery.topic,
      deliveryId: delivery.id,
      installationId: delivery.installationId,
      seed: seedOf(delivery),
      custom: integration.headers,
      at: this.#parts.clock.now(),
      ...sent,
    })
  }
}

/** What an idempotency key is made from: of the event, for all its deliveries, but for one that was made anew. */
function seedOf({ id, eventId, replays }: Delivery): string {
  return (replays === undefined ? eventId : id).slice(4)
}

const untraced: Pick<TracedAttempt, 'run'> = { run: (exchange) => exchange() }

const ownTrouble: Outcome = {
  kind: 'local',
  status: 0,
  code: 'NOT_SENT',
  phase: 'send',
  durationMs: 0,
  body: '',
  bodyBytes: 0,
  truncated: false,
  headers: {},
}
