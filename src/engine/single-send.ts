import { HookwardError } from '../domain/errors.ts'
import type { SendResult } from '../domain/event.ts'
import type { AuditEntry } from '../domain/health.ts'
import type { Installation, IntegrationId } from '../domain/integration.ts'
import { parseByHand } from '../policy/by-hand.ts'
import { checkFields, checkObject, checkSlug, type Field } from '../policy/check.ts'
import { parseEmit } from '../policy/parse-event.ts'
import type { Clock } from '../ports.ts'
import type { Catalogue } from './catalogue.ts'
import type { Intake } from './intake.ts'
import type { Tracings } from './tracings.ts'
import type { Writes } from './writes.ts'

/** What it works with. */
export interface SingleSendParts {
  readonly catalogue: Catalogue
  readonly clock: Clock
  readonly intake: Intake
  readonly writes: Writes
  readonly tracings: Tracings
}

/** Sends an event by hand to one integration, whatever topics it hears: to see whether it works. */
export class SingleSend {
  readonly #parts: SingleSendParts

  constructor(parts: SingleSendParts) {
    this.#parts = parts
  }

  async send(slug: unknown, input: unknown, options: unknown = {}): Promise<SendResult> {
    const { catalogue, clock, intake, tracings, writes } = this.#parts
    const id = checkSlug(slug)
    const integration = catalogue.known(id)
    const hand = parseByHand(checkFields(options, field('the options'), ['by', 'reason']), 'operator')
    const given = checkObject(input, field('the event'))
    const draft = parseEmit({ ...given, organization: given.organization ?? this.#onlyOrganization(id) })
    const installation = this.#installed(id, draft.organization)
    const { topic } = draft
    const sent = await intake.direct(tracings.traced(draft), { integration, installation, topic })
    // What the store has no room for was never sent.
    const summary = `${topic} was sent to it alone`
    const evidence = { rule: 'send', summary, facts: { topic, organization: draft.organization, ...sent } }
    const entry: AuditEntry = { at: clock.now(), integrationId: id, ...hand, action: 'event.sent', evidence }
    await writes.commit({ at: entry.at, integrationId: id, audit: [entry] })
    return sent
  }

  #onlyOrganization(id: IntegrationId): string {
    const [only, ...others] = this.#parts.catalogue.installationsOf(id)
    if (only !== undefined && others.length === 0) return only.organization
    const many = `${id} is installed in ${others.length + 1} organisations, so organization must be given`
    throw only === undefined
      ? new HookwardError('INSTALLATION_UNKNOWN', `${id} is installed nowhere`)
      : new HookwardError('EVENT_INVALID', many)
  }

  #installed(id: IntegrationId, organization: string): Installation {
    const installation = this.#parts.catalogue.installationIn(id, organization)
    if (installation?.status === 'installed') return installation
    throw new HookwardError('INSTALLATION_UNKNOWN', `${id} is not installed in ${organization}`)
  }
}

function field(name: string): Field {
  return { code: 'EVENT_INVALID', name }
}
