export { createHookward } from './engine/create.ts'
export type { HookwardOptions } from './engine/options.ts'
export type { StandbyOptions } from './engine/standby/standby-options.ts'
export type { NetworkOptions } from './engine/network-options.ts'
export type { MailOptions } from './engine/mail-options.ts'
export type { Hookward, Installations, Integrations } from './engine/hookward.ts'
export type { ImportedLine, ImportReport } from './domain/import-report.ts'
export type { ImportOptions } from './policy/parse-import.ts'
export type { InstallOptions } from './engine/installing.ts'
export type { ByHand } from './policy/by-hand.ts'
export type { EmitOptions } from './engine/emit-options.ts'
export type { EmitResult } from './engine/intake.ts'
export type {
  AnyEvent,
  DeliveryEvent,
  EventName,
  ExpiryEvent,
  HealthEvent,
  HookwardEvents,
  LateLetterEvent,
  LedgerEvent,
  LetterEvent,
  NoticeEvent,
  OutageEndEvent,
  OutageEvent,
  SetAsideEvent,
  ShadowEvent,
} from './domain/told.ts'
export type { ShadowDifference, ShadowReport } from './engine/shadow.ts'
export type { ChooseRecipients } from './engine/recipients.ts'
export type { EmitInput, EmitOf, OpenTopics, SendInput } from './policy/parse-event.ts'
export type { SchemaAnswer, Schemas, StandardSchema } from './policy/standard-schema.ts'
export type { InstallationInput } from './policy/parse-installation.ts'
export type { IntegrationInput } from './policy/parse-integration.ts'
export type { LedgerOptions, ReplayOptions } from './policy/parse-ledger.ts'
export type { LogOptions } from './policy/parse-log-query.ts'
export type { CommentWebhook } from './flows/comment-webhook.ts'
export type { AboutIssue, Assignee, WorkflowIssue, WorkflowNotification } from './flows/workflow-notification.ts'
export { HookwardError, errorCodes, type ErrorCode, type SchemaIssue } from './domain/errors.ts'
export type { Actor, RememberedKey, SendResult, Subject } from './domain/event.ts'
export type {
  Attempt,
  DeadReason,
  Delivery,
  DeliveryId,
  DeliveryState,
  HoldReason,
  HourOfAttempts,
  LogEntry,
  Next,
  PendingDelivery,
  Settled,
} from './domain/delivery.ts'
export type {
  AuditEntry,
  Cause,
  ChartState,
  Evidence,
  Explanation,
  Folded,
  Forecast,
  Gate,
  HealthContext,
  HealthState,
  Incident,
  IntegrationRecord,
  Level,
  Pulse,
  Transition,
  WhyNot,
} from './domain/health.ts'
export type {
  Installation,
  InstallationId,
  InstallationStatus,
  Integration,
  IntegrationId,
  IntegrationStatus,
  OldSecret,
  Secret,
  Signing,
  IntegrationView,
  Ordered,
  Owner,
} from './domain/integration.ts'
export type { Json, JsonObject } from './domain/json.ts'
export type { LedgerEntry, LedgerPage, ReplayResult } from './domain/ledger.ts'
export type {
  ChannelAddress,
  FailedRequest,
  Letter,
  Notice,
  NoticeKind,
  NoticeMessage,
  NoticeStep,
  RecentRequests,
  Recipient,
} from './domain/notice.ts'
export type { Outcome, OutcomeFacts, OutcomeKind, Phase, ReceiverAsks } from './domain/outcome.ts'
export type { Overview, OwnOutage, Standing } from './domain/overview.ts'
export type { ProbeAnswer } from './domain/probe.ts'
export type { Topic } from './domain/topic.ts'
export type { TraceContext } from './domain/trace.ts'
export type * from './ports.ts'
export type { Policy } from './policy/health/policy.ts'
export { memoryStore } from './adapters/memory-store.ts'
export type { StoreLimits } from './adapters/store-limits.ts'
export { lowdbStore, type LowdbStoreOptions } from './adapters/lowdb/store.ts'
export { checkDestination, type Verdict as DestinationVerdict } from './policy/address.ts'
export { createNetwork, type Network, type NetworkLists } from './policy/network.ts'
