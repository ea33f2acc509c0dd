import type { DeliveryId, HourOfAttempts, LogEntry } from '../domain/delivery.ts'
import { invariant } from '../domain/errors.ts'
import type { AuditEntry, Folded, IntegrationRecord, Transition } from '../domain/health.ts'
import type { Installation, InstallationId, Integration, IntegrationId } from '../domain/integration.ts'
import type { Letter, Notice } from '../domain/notice.ts'
import type { Accepted, Appended, CatalogueEntry, Change, LogQuery, Recovered } from '../ports.ts'
import { AttemptHours } from './attempt-hours.ts'
import { Histories, transitionMsMax } from './histories.ts'
import { IdempotencyKeys } from './idempotency-keys.ts'
import { NoticeBox } from './notice-box.ts'
import { RequestLog } from './request-log.ts'
import {
  bodyBytes,
  bodySizeBytes,
  emptyDocument,
  isPlace,
  storeBody,
  together,
  type StoreDocument,
  type StoredBody,
} from './store-document.ts'
import { backlogBytesUsual, type StoreLimits } from './store-limits.ts'
import { StoredBacklog } from './stored-backlog.ts'

const hourMs = 3_600_000

/**
 * What a store holds, in memory. Every store applies its calls to one of these, so that they cannot differ.
 * A call that throws has changed nothing.
 */
export class StoreModel {
  readonly #log: Pick<RequestLog, 'add' | 'query'>
  readonly #integrations: Map<IntegrationId, Integration>
  readonly #installations: Map<InstallationId, Installation>
  readonly #records: Map<IntegrationId, IntegrationRecord>
  readonly #folded: Map<IntegrationId, Folded>
  readonly #backlog: StoredBacklog
  readonly #notices: NoticeBox
  readonly #transitions: Histories<Transition>
  readonly #audit: Histories<AuditEntry>
  readonly #hours: AttemptHours
  readonly #keys: IdempotencyKeys
  #prunedAt = 0

  constructor(
    document: StoreDocument = emptyDocument,
    log: Pick<RequestLog, 'add' | 'query'> = new RequestLog(),
    limits: StoreLimits = {},
  ) {
    this.#log = log
    this.#integrations = new Map(document.integrations.map((integration) => [integration.id, integration]))
    this.#installations = new Map(document.installations.map((installation) => [installation.uuid, installation]))
    this.#records = new Map(document.records.map((record) => [record.context.integrationId, record]))
    this.#folded = new Map(document.folded.map(({ integrationId, successes }) => [integrationId, successes]))
    this.#backlog = new StoredBacklog(document.pending, limits.backlogBytesMax ?? backlogBytesUsual)
    this.#notices = new NoticeBox(document)
    this.#transitions = new Histories(document.transitions, transitionMsMax)
    this.#audit = new Histories(document.audit)
    this.#hours = new AttemptHours(document.hours)
    this.#keys = new IdempotencyKeys(document.keys, limits.keysMax)
  }

  configure(entry: CatalogueEntry): void {
    switch (entry.kind) {
      case 'integration':
        this.#integrations.set(entry.integration.id, entry.integration)
        return
      case 'installation':
        this.#installations.set(entry.installation.uuid, entry.installation)
        return
      case 'uninstalled':
        this.#installations.delete(entry.uuid)
        return
      case 'removed':
        this.#remove(entry.integrationId)
    }
  }

  append(batch: Accepted): Appended {
    const bodies = batch.deliveries.map(({ body }) => storeBody(body))
    return this.firstAnswer(batch) ?? this.accept(batch, bodies)
  }

  /** What a known key was told before; throws when a batch may not be accepted. */
  firstAnswer(batch: Accepted): Appended | undefined {
    const first = this.#keys.firstAnswer(batch)
    if (first === undefined) this.#backlog.checkIncoming(batch.deliveries)
    return first
  }

  /** Keeps a batch that was looked at beforehand, with its bodies as they are to be kept. */
  accept(batch: Accepted, bodies: readonly StoredBody[], seq?: number): Appended {
    const { deliveries, eventId } = batch
    deliveries.forEach(({ delivery }, n) => this.#backlog.add(delivery, bodies[n] ?? '', seq))
    this.#keys.remember(batch)
    return { eventId, deliveries: deliveries.length, duplicate: false }
  }

  /** Whether something of any integration aged and went with it. */
  commit(change: Change): boolean {
    this.#backlog.check(change.settled ?? [])
    this.#backlog.settle(change.settled ?? [], change.at)
    this.#count(change)
    this.#notices.put(change.notices ?? [], change.letters ?? [], change.at)
    this.#transitions.add(change.transitions ?? [])
    this.#audit.add(change.audit ?? [])
    this.#hours.add(change.log ?? [])
    this.#log.add(change.log ?? [], change.at)
    return Math.abs(change.at - this.#prunedAt) >= hourMs && this.#prune(change.at)
  }

  body(id: DeliveryId): Uint8Array {
    const { body } = this.#backlog.known(id)
    invariant(!isPlace(body), `the body of delivery ${id} is in a journal`)
    return bodyBytes(body)
  }

  get keys(): IdempotencyKeys {
    return this.#keys
  }

  get backlog(): StoredBacklog {
    return this.#backlog
  }

  installation(uuid: InstallationId): Installation | undefined {
    return this.#installations.get(uuid)
  }

  log(query: LogQuery): readonly LogEntry[] {
    return this.#log.query(query)
  }

  transitions(id: IntegrationId): readonly Transition[] {
    return this.#transitions.of(id)
  }

  audit(id: IntegrationId): readonly AuditEntry[] {
    return this.#audit.of(id)
  }

  hours(id: IntegrationId): readonly HourOfAttempts[] {
    return this.#hours.of(id)
  }

  notices(id: IntegrationId): readonly Notice[] {
    return this.#notices.notices(id)
  }

  letters(id: IntegrationId): readonly Letter[] {
    return this.#notices.letters(id)
  }

  /** What an engine needs to go on where the last one stopped. */
  recovered(removedFiles: readonly string[]): Omit<Recovered, 'pulse'> {
    const { integrations, installations, records } = this.toDocument()
    const stored = this.#backlog.toJSON()
    const kept = stored.map((one) => one.pending)
    const pending = kept.filter(({ dead }) => dead === undefined)
    const { notices, letters } = this.#notices.open()
    const counts = { integrations: integrations.length, installations: installations.length, pending: pending.length }
    const report = { ...counts, notices: notices.length, removedFiles, lines: 0, bytes: 0, damage: [] }
    return {
      integrations,
      installations,
      records,
      pending,
      dead: kept.filter(({ dead }) => dead !== undefined),
      bodyBytes: new Map(stored.map(({ pending: { delivery }, body }) => [delivery.id, bodySizeBytes(body)])),
      notices,
      letters,
      successesAfter: new Map(this.#folded),
      report,
    }
  }

  toDocument(): StoreDocument {
    return {
      integrations: [...this.#integrations.values()],
      installations: [...this.#installations.values()],
      records: [...this.#records.values()],
      folded: [...this.#folded].map(([integrationId, successes]) => ({ integrationId, successes })),
      pending: this.#backlog.toJSON(),
      ...this.#notices.toJSON(),
      transitions: this.#transitions.toJSON(),
      audit: this.#audit.toJSON(),
      hours: this.#hours.toJSON(),
      keys: this.#keys.toJSON(),
    }
  }

  /** The part of the document that is about these integrations. */
  documentOf(integrations: Iterable<IntegrationId>): Omit<StoreDocument, 'keys'> {
    const ids = new Set(integrations)
    const among = <T>(all: ReadonlyMap<IntegrationId, T>) => [...ids].flatMap((id) => all.get(id) ?? [])
    return {
      integrations: among(this.#integrations),
      installations: [...this.#installations.values()].filter(({ integrationId }) => ids.has(integrationId)),
      records: among(this.#records),
      folded: [...ids].flatMap((integrationId) => {
        const successes = this.#folded.get(integrationId)
        return successes === undefined ? [] : [{ integrationId, successes }]
      }),
      pending: [...ids].flatMap((id) => this.#backlog.of(id)),
      ...this.#notices.among(ids),
      transitions: this.#transitions.among(ids),
      audit: this.#audit.among(ids),
      hours: this.#hours.among(ids),
    }
  }

  #count({ integrationId, record, folded }: Change): void {
    if (record !== undefined) {
      this.#records.set(integrationId, record)
      this.#folded.delete(integrationId)
    } else if (folded !== undefined)
      this.#folded.set(integrationId, together(this.#folded.get(integrationId) ?? { ...folded, n: 0 }, folded))
  }

  #remove(id: IntegrationId): void {
    this.#integrations.delete(id)
    this.#records.delete(id)
    this.#folded.delete(id)
    for (const { uuid, integrationId } of this.#installations.values())
      if (integrationId === id) this.#installations.delete(uuid)
    this.#backlog.remove(id)
    this.#hours.remove(id)
    this.#notices.remove(id)
  }

  #prune(at: number): boolean {
    this.#prunedAt = at
    const known = this.#integrations
    const goingOn = new Set([...this.#records.values()].flatMap(({ context }) => context.incident?.id ?? []))
    const went = [
      this.#notices.prune(at, goingOn),
      this.#transitions.prune(known, at),
      this.#audit.prune(known, at),
      this.#hours.prune(known, at),
    ]
    return went.includes(true)
  }
}
