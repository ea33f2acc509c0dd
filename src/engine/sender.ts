import type { Attempt, Delivery } from '../domain/delivery.ts'
import { textOf } from '../domain/errors.ts'
import type { Integration } from '../domain/integration.ts'
import type { Outcome } from '../domain/outcome.ts'
import { refusing } from '../domain/refusing.ts'
import type { Started } from '../machines/index.ts'
import type { Clock, Logger, Random, Store, TracedAttempt, Transport } from '../ports.ts'
import type { Policy } from '../policy/health/policy.ts'
import { attemptHeaders, maskHeaders } from '../policy/headers.ts'
import type { Catalogue } from './catalogue.ts'
import type { FreshBodies } from './fresh-bodies.ts'
import { hexOf } from './ids.ts'
import type { Keyring, Keys } from './keyring.ts'
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

/** An attempt that is being made: what is known of it so far. */
interface Trial {
  readonly started: Started
  readonly integration: Integration
  readonly requestId: string
  body: Uint8Array
  headers: Readonly<Record<string, string>>
  traced: TracedAttempt | undefined
}

/** Makes one attempt: the frozen body, headers signed for this attempt, one outcome. Never rejects. */
export class Sender {
  readonly #parts: SenderParts

  constructor(parts: SenderParts) {
    this.#parts = parts
  }

  attempt(started: Started): Promise<Attempt> {
    return refusing(() => this.#tried(this.#begun(started)))
  }

  #begun(started: Started): Trial {
    const { catalogue, random } = this.#parts
    const integration = catalogue.known(started.delivery.integrationId)
    return { started, integration, requestId: hexOf(random), body: noBytes, headers: {}, traced: undefined }
  }

  #tried(trial: Trial): Promise<Attempt> {
    return refusing(() => this.#made(trial)).then(
      (outcome) => this.#ended(trial, outcome),
      (error: unknown) => this.#notMade(trial, error),
    )
  }

  /** Without a pause where the body is at hand and the keys are, which is usual. */
  #made(trial: Trial): Promise<Outcome> {
    const { fresh, keyring, store } = this.#parts
    const { integration, started } = trial
    const body = fresh.take(started.delivery.id)
    const keys = keyring.keysOf(integration)
    if (body !== undefined && !(keys instanceof Promise)) return this.#send(trial, body, keys)
    const found = Promise.all([body ?? store.body(started.delivery.id), keys])
    return found.then(([body, keys]) => this.#send(trial, body, keys))
  }

  #send(trial: Trial, body: Uint8Array, keys: Keys): Promise<Outcome> {
    const { clock, ownSide, policy, tracings, transport } = this.#parts
    const { integration, requestId, started } = trial
    const { url } = integration
    trial.body = body
    trial.traced = tracings.begin(started.delivery, { attempt: tryOf(started), url, at: clock.now() })
    trial.headers = attemptHeaders({
      topic: started.delivery.topic,
      deliveryId: started.delivery.id,
      installationId: started.delivery.installationId,
      seed: seedOf(started.delivery),
      custom: integration.headers,
      at: clock.now(),
      keys,
      body,
      requestId,
      trace: trial.traced?.sends,
    })
    const request = { url, headers: trial.headers, body, deadlineMs: integration.deadlineMs ?? policy.deadlineMs }
    const { lostMs } = ownSide.time
    const exchange = () => transport.attempt(request)
    const outcome = trial.traced === undefined ? exchange() : trial.traced.run(exchange)
    return outcome.then((outcome) => ownSide.judged(started.origin, outcome, lostMs))
  }

  #ended({ body, headers, integration, requestId, traced }: Trial, outcome: Outcome): Attempt {
    const { clock, logBodyCharsMax: charsMax } = this.#parts
    const at = clock.now()
    traced?.ended(factsOf(outcome), at)
    return {
      requestId,
      url: integration.url,
      headers: maskHeaders(headers, Object.keys(integration.headers)),
      at,
      body: body.subarray(0, charsMax),
      outcome: outcome.body.length > charsMax ? { ...outcome, body: outcome.body.slice(0, charsMax) } : outcome,
    }
  }

  #notMade(trial: Trial, error: unknown): Attempt {
    this.#parts.logger.error(
      { delivery: trial.started.delivery.id, error: textOf(error) },
      'an attempt could not be made',
    )
    return this.#ended(trial, ownTrouble)
  }
}

/** What an idempotency key is made from: of the event, for all its deliveries, but for one that was made anew. */
function seedOf({ id, eventId, replays }: Delivery): string {
  return (replays === undefined ? eventId : id).slice(4)
}

const noBytes = new Uint8Array()

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
