import type { HourOfAttempts, LogEntry } from '../domain/delivery.ts'
import type { ImportReport } from '../domain/import-report.ts'
import type { SendResult } from '../domain/event.ts'
import type { AuditEntry, Explanation, Transition } from '../domain/health.ts'
import type { Installation, IntegrationView } from '../domain/integration.ts'
import type { LedgerPage, ReplayResult } from '../domain/ledger.ts'
import type { Letter, Notice } from '../domain/notice.ts'
import type { Overview } from '../domain/overview.ts'
import type { ProbeAnswer } from '../domain/probe.ts'
import type { CommentWebhook } from '../flows/comment-webhook.ts'
import type { WorkflowNotification } from '../flows/workflow-notification.ts'
import type { Inspection, Tracing } from '../ports.ts'
import type { ByHand } from '../policy/by-hand.ts'
import type { EmitOf, OpenTopics, SendInput } from '../policy/parse-event.ts'
import type { InstallationInput } from '../policy/parse-installation.ts'
import type { ImportOptions } from '../policy/parse-import.ts'
import type { IntegrationInput } from '../policy/parse-integration.ts'
import type { LedgerOptions, ReplayOptions } from '../policy/parse-ledger.ts'
import type { LogOptions } from '../policy/parse-log-query.ts'
import type { InstallOptions } from './installing.ts'
import type { EmitOptions } from './emit-options.ts'
import type { EmitResult } from './intake.ts'
import type { AnyEvent, EventName, HookwardEvents } from './observers.ts'
import type { ShadowReport } from './shadow.ts'

/** The receivers. Each call resolves when what it did is durable. */
export interface Integrations {
  /** Registers an integration, or changes the one of this slug; safe at every start of the host. */
  put(input: IntegrationInput, options?: ByHand): Promise<IntegrationView>
  /**
   * Registers many from a text: CSV with a line of column names, or a JSON object a line. All are checked before the first
   * is written, and the report says for each line what became of it. Receivers are not told of installations made by it.
   */
  import(text: string, options?: ImportOptions): Promise<ImportReport>
  /** Throws `INTEGRATION_UNKNOWN`. */
  get(slug: string): IntegrationView
  /** In the order they were registered. */
  list(): readonly IntegrationView[]
  /** Takes an integration away for good. Throws `INTEGRATION_BUSY` while deliveries wait, unless they are given up. */
  remove(slug: string, options?: ByHand & { readonly waiting?: 'skip' }): Promise<void>
  /**
   * Trusts an integration again and opens its lane; counting starts from zero. Throws `INTEGRATION_PAUSED`.
   * Under a policy with a `guard`, as `standard` has, a held delivery is sent first: throws `PROBE_FAILED` when it does
   * not arrive, and `PROBE_TOO_SOON` for a while after that. `force` enables without it, and asks for a `reason`.
   * `replay`: whether what was held meanwhile is sent now or left in the ledger. @default 'missed'
   */
  enable(
    slug: string,
    options?: ByHand & { readonly replay?: 'missed' | 'none'; readonly force?: boolean },
  ): Promise<Explanation>
  /** Switches an integration off and tells its owners; its deliveries are held. */
  disable(slug: string, options?: ByHand): Promise<Explanation>
  /** Stops an integration without a verdict; nobody is told, and its deliveries are held. */
  pause(slug: string, options?: ByHand): Promise<Explanation>
  /**
   * Sends one held delivery now, in any state, and tells how it ended; it spends no attempt. Counts for health only while
   * the integration is broken. While a probe is under way, its answer is given. With nothing
   * held no probe is made, and the answer says so.
   */
  probe(slug: string, options?: ByHand): Promise<ProbeAnswer>
  /** Goes on from where a pause began. */
  resume(slug: string, options?: ByHand): Promise<Explanation>
  /**
   * Sends an event to this integration alone, whatever topics it hears, to see whether it works: the delivery goes the
   * way of any other, is held where others are, and counts. Throws `INSTALLATION_UNKNOWN`.
   */
  send(slug: string, event: SendInput, options?: ByHand): Promise<SendResult>
}

/** Which integrations hear which organisations. */
export interface Installations {
  /**
   * Installs an integration in an organisation, or changes that installation; safe at every start of the host.
   * The receiver of a new one is told by `installation.created`, whatever its state.
   */
  install(input: InstallationInput, options?: InstallOptions): Promise<Installation>
  /**
   * Takes an installation away and tells its receiver by `installation.deleted`; its deliveries that wait are skipped.
   * Throws `INSTALLATION_UNKNOWN`.
   */
  uninstall(
    input: { readonly integration: string; readonly organization: string },
    options?: Omit<InstallOptions, 'code'>,
  ): Promise<void>
  /** All of them, or those of one integration. */
  list(slug?: string): readonly Installation[]
}

/** A running engine. `Topics` names what it emits, and what data each has: any topic and any JSON unless it is given. */
export interface Hookward<Topics = OpenTopics> {
  readonly integrations: Integrations
  readonly installations: Installations
  /** The first document's flow: something happened to an issue. Resolves when no crash can lose it any more. */
  notifyWorkflow(notification: WorkflowNotification, options?: EmitOptions): Promise<EmitResult>
  /** The second document's flow: a comment was made, changed or taken away. */
  notifyComment(comment: CommentWebhook, options?: EmitOptions): Promise<EmitResult>
  /** Any other event, of the catalogue or of the host's own. Never throws because a receiver is bad. */
  emit(event: EmitOf<Topics>, options?: EmitOptions): Promise<EmitResult>
  /** Whether another process holds the folder, and this one hands its events over: all that asks or steers throws `STANDBY` then. */
  isStandby(): boolean
  /** Why an integration is in the state it is in: the rule, its numbers, what comes next and what would change it. */
  explain(slug: string): Promise<Explanation>
  /** How everything stands now, in short: each integration, what waits, our own side. Writes nothing. */
  overview(): Promise<Overview>
  /** Its recent requests, newest first. */
  log(slug: string, options?: LogOptions): Promise<readonly LogEntry[]>
  /**
   * Its attempts by the hour, oldest first, whatever the log has let go: the newest 168 hours in which there were any. An
   * attempt is of the hour in which it ended.
   */
  hours(slug: string): Promise<readonly HourOfAttempts[]>
  /** Who or what did something to it, newest first. */
  audit(slug: string): Promise<readonly AuditEntry[]>
  /** The steps of its chart, newest first. */
  transitions(slug: string): Promise<readonly Transition[]>
  /** Its deliveries that are held, oldest first: why, since when and until when. */
  held(slug: string, options?: LedgerOptions): Promise<LedgerPage>
  /** Its dead letters, newest first. */
  dead(slug: string, options?: LedgerOptions): Promise<LedgerPage>
  /**
   * Sends deliveries of its ledger once more, with all their attempts, oldest first and so many a second: with the same
   * id, or `as: 'fresh'` with another. Throws `INTEGRATION_CLOSED` while it is broken, disabled or paused.
   */
  replay(slug: string, options: ReplayOptions): Promise<ReplayResult>
  /** What its owners were told or are still to be told, oldest first. */
  notices(slug: string): Promise<readonly { readonly notice: Notice; readonly letters: readonly Letter[] }[]>
  /** What the policy given as `shadow` has made of everything since the start; null when there is none. */
  shadow(): ShadowReport | null
  /**
   * Answers requests for the links that letters carry with `mail.enableUrl` and `linkSecret`: mount it there. A GET shows
   * a page with one button and changes nothing; the button enables, as `integrations.enable` does. Never rejects.
   */
  handler(request: Request): Promise<Response>
  /** Calls `listener` for each event of this name, `*` for all of them; the answer takes it off again. */
  on<Name extends EventName>(name: Name, listener: (event: HookwardEvents[Name]) => void): () => void
  on(name: '*', listener: (event: AnyEvent) => void): () => void
  /**
   * Shows the machines at work: first the actors that are awake, then what each gets and becomes, until the answer is
   * called. Written from an allow-list; while nobody watches it costs nothing. `integration` narrows it to one.
   */
  inspect(listener: (inspection: Inspection) => void, options?: { readonly integration?: string }): () => void
  /**
   * Carries traces from whoever emits to whoever receives, until the answer is called: asked for each event and before each
   * attempt. `openTelemetry` of `hookward/telemetry` does this. Refused for a host with a runtime.
   */
  trace(tracing: Tracing): () => void
  /**
   * Resolves when nothing is under way that is due now: attempts, writes, letters, timers. What waits for a later moment
   * and what is held does not count. Throws `IDLE_TIMEOUT` after `timeoutMs` of real time. @default no limit
   */
  idle(options?: { readonly timeoutMs?: number }): Promise<void>
  /**
   * Lets what is under way end, writes everything and frees sockets, files and the lock. Safe to call twice.
   * Attempts still under way after `graceMs` of real time are cut off and repeated by the next engine. @default 10_000
   */
  stop(options?: { readonly graceMs?: number }): Promise<void>
}
