import type { Delivery, DeliveryId, HourOfAttempts, LogEntry, PendingDelivery, Settled } from './domain/delivery.ts'
import type { EventId, RememberedKey } from './domain/event.ts'
import type { AuditEntry, Folded, IntegrationRecord, Pulse, Transition } from './domain/health.ts'
import type { Installation, InstallationId, Integration, IntegrationId } from './domain/integration.ts'
import type { Json, JsonObject } from './domain/json.ts'
import type { LogQuery } from './domain/log-query.ts'
import type { Letter, Notice, NoticeMessage } from './domain/notice.ts'
import type { Outcome } from './domain/outcome.ts'

export type { TracedAttempt, Tracing } from './domain/tracing.ts'

export type { LogQuery } from './domain/log-query.ts'

/** Policy time. Deadlines of sockets, SMTP and flushes stay on real monotonic time. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `fn` once when `now()` has reached `at`; the result cancels it. */
  at(atMs: number, fn: () => void): () => void
  /** Calls `fn` again and again, so long after each other, whatever `now()` shows; the result ends it. @default in real time */
  every?(ms: number, fn: () => void): () => void
}

/** Chance and ids. */
export interface Random {
  /** A random UUID, with hyphens. */
  uuid(): string
  /** 32 random hex digits, for ids. @default a UUID without its hyphens */
  hex?(): string
  /** From 0 up to, but not including, 1. */
  fraction(): number
}

/** Where the host keeps secrets that integrations name by reference. */
export interface Secrets {
  /** The text of a secret. Rejects, or gives nothing, when there is none; what it gives is kept for a minute. */
  get(ref: string): string | Promise<string>
}

/** What may be seen of a machine's snapshot: its state, and a few counts in the place of its context. */
export interface SeenSnapshot {
  readonly status: string
  readonly value: Json
  readonly context: JsonObject
}

/**
 * What an inspector sees of the engine's machines: an actor that is there, a signal it got, the snapshot after it.
 * `actor` is `webhook`, `integration:slug`, or the latter with `/notifier` behind it. `at` is policy time.
 */
export type Inspection =
  | {
      readonly type: 'actor'
      readonly actor: string
      readonly parent?: string
      /** The id of its machine. */
      readonly machine: string
      /** The machine's `config`, as Stately reads it. */
      readonly definition: Json
      readonly snapshot: SeenSnapshot
      readonly at: number
    }
  | { readonly type: 'signal'; readonly actor: string; readonly signal: string; readonly at: number }
  | {
      readonly type: 'snapshot'
      readonly actor: string
      readonly signal: string
      readonly snapshot: SeenSnapshot
      readonly at: number
    }

/** Flat facts beside a line of the log; never a secret or a body. */
export type LogFields = Readonly<Record<string, string | number>>

/** Where the engine says what an operator should read. Any pino-shaped logger will do, and `console` too. */
export interface Logger {
  info(fields: LogFields, fact: string): void
  warn(fields: LogFields, fact: string): void
  error(fields: LogFields, fact: string): void
}

/** One signed request, ready to be sent. */
export interface AttemptRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Over everything: names, queue, connect, TLS, head and body. */
  readonly deadlineMs: number
}

/** Sends one attempt. Resolves for everything a receiver can do; rejects only on a defect of its own. */
export interface Transport {
  attempt(request: AttemptRequest): Promise<Outcome>
  /** Ends what is in flight (as outcome `local`) and frees every socket. */
  close(): Promise<void>
}

/** One mail, ready to be sent. */
export interface OutgoingMail {
  readonly messageId: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** How a mail, or a message by another channel, ended. `permanent`: trying again cannot help. */
export type MailOutcome =
  { readonly kind: 'sent' } | { readonly kind: 'failed'; readonly error: string; readonly permanent: boolean }

/** Sends one mail. Resolves for everything a mail server can do. */
export interface Mailer {
  send(mail: OutgoingMail): Promise<MailOutcome>
  close(): Promise<void>
}

/**
 * Tells recipients of notices in another way than by mail: a chat, a pager, the host's own pages. A message may come
 * again after a crash, with the same `id`. Its errors are shown to the operator: they hold no secret.
 */
export interface Channel {
  /** Resolves within 30 s. What it throws has failed for now, and is tried again as letters are. */
  send(message: NoticeMessage): Promise<MailOutcome>
  /** Called once, when the engine stops. */
  close?(): Promise<void>
}

/** An integration was registered or changed. */
export type Registered = { readonly kind: 'integration'; readonly integration: Integration }
/** An integration was installed, or an installation changed. */
export type Installed = { readonly kind: 'installation'; readonly installation: Installation }
/** Takes the installation away; its waiting deliveries are skipped by the engine beforehand. */
export type Uninstalled = { readonly kind: 'uninstalled'; readonly uuid: InstallationId }
/** Takes the integration away, with its installations, record, notices and letters; its log stays until it ages. */
export type Removed = { readonly kind: 'removed'; readonly integrationId: IntegrationId }
/** A change of the catalogue. */
export type CatalogueEntry = Registered | Installed | Uninstalled | Removed

/** One event's deliveries, each with its own frozen body. */
export interface Accepted {
  readonly eventId: EventId
  readonly at: number
  /** The caller's idempotency key, with the digest of the event it was given for. */
  readonly key?: string
  readonly digest?: string
  readonly deliveries: readonly { readonly delivery: Delivery; readonly body: Uint8Array }[]
}

/** `duplicate`: the key was known; `eventId` and `deliveries` are the first call's. */
export interface Appended {
  readonly eventId: EventId
  readonly deliveries: number
  readonly duplicate: boolean
}

/** Everything one signal changed, committed all or nothing. */
export interface Change {
  readonly at: number
  readonly integrationId: IntegrationId
  readonly record?: IntegrationRecord
  /** Successes of this change that no record holds yet; a change with a record sets the count back to none. */
  readonly folded?: Folded
  readonly settled?: readonly Settled[]
  readonly log?: readonly LogEntry[]
  readonly notices?: readonly Notice[]
  readonly letters?: readonly Letter[]
  readonly audit?: readonly AuditEntry[]
  readonly transitions?: readonly Transition[]
}

/** What was found at start, counted; reported once even when all is well. */
export interface RecoveryReport {
  readonly integrations: number
  readonly installations: number
  readonly pending: number
  readonly notices: number
  /** Left-over temporary files that were removed. */
  readonly removedFiles: readonly string[]
  /** Lines of a journal that were read and checked, and their bytes. */
  readonly lines: number
  readonly bytes: number
  /** What was not as it should be and was set aside or cut off, a sentence each. */
  readonly damage: readonly string[]
}

/** What a store holds when it is opened. */
export interface Recovered {
  readonly integrations: readonly Integration[]
  readonly installations: readonly Installation[]
  readonly records: readonly IntegrationRecord[]
  readonly pending: readonly PendingDelivery[]
  /** Dead letters, the oldest delivery first. */
  readonly dead: readonly PendingDelivery[]
  /** How many bytes the body of each of both counts. */
  readonly bodyBytes: ReadonlyMap<DeliveryId, number>
  /** Those not done yet, with the letters of each. */
  readonly notices: readonly Notice[]
  readonly letters: readonly Letter[]
  /** Successes after each record: to be counted before anything else. */
  readonly successesAfter: ReadonlyMap<IntegrationId, Folded>
  /** The last that was written; null when none ever was, or it cannot be read any more. */
  readonly pulse: Pulse | null
  readonly report: RecoveryReport
}

/**
 * Keeps what must not be lost. Calls take effect in the order they are made.
 * A call that rejects leaves its change *unknown*, and the store refuses all further writes until it is opened again.
 */
export interface Store {
  /** The most bytes of bodies it keeps, from which the ledger's share is taken. @default 1 GiB (1,073,741,824) */
  readonly backlogBytesMax?: number
  /** Takes the lock and reads everything back; throws `HookwardError` with a `STORE_` code and then has changed nothing. */
  open(): Promise<Recovered>
  /** Durable when it resolves. */
  configure(entry: CatalogueEntry): Promise<void>
  /** Durable when it resolves. Throws `IDEMPOTENCY_CONFLICT` for a known key with another digest, `STORE_BACKLOG_FULL` at the limit. */
  append(batch: Accepted): Promise<Appended>
  /** Durable when it resolves: all of it or nothing. */
  commit(change: Change): Promise<void>
  /**
   * The same for many changes, in their order. Durable when it resolves: all of them or none. Whoever wraps a store to
   * see its changes wraps this, too. @default each by itself
   */
  commitAll?(changes: readonly Change[]): Promise<void>
  /** Takes the place of the pulse before it, outside the order of the other calls. Durable when it resolves. */
  pulse(pulse: Pulse): Promise<void>
  /** The frozen body of a delivery that is not settled, or of a dead letter. */
  body(id: DeliveryId): Promise<Uint8Array>
  log(query: LogQuery): Promise<readonly LogEntry[]>
  /** Newest first, at most 1,000, and none that is older than 400 days, or little more. */
  transitions(id: IntegrationId): Promise<readonly Transition[]>
  /** Newest first, at most 1,000. */
  audit(id: IntegrationId): Promise<readonly AuditEntry[]>
  /** Attempts of one integration by the hour, oldest first: the newest 168 hours in which there were any. */
  hours(id: IntegrationId): Promise<readonly HourOfAttempts[]>
  /** Notices of one integration, oldest first; those of an incident that goes on are kept however old they are. */
  notices(id: IntegrationId): Promise<readonly Notice[]>
  /** Letters of one integration, oldest first. */
  letters(id: IntegrationId): Promise<readonly Letter[]>
  /** The idempotency keys it remembers, oldest first, for whoever moves what it holds. @default they stay behind */
  keys?(): Promise<readonly RememberedKey[]>
  /** Waits for writes under way, then unlocks. Safe to call twice. */
  close(): Promise<void>
}
