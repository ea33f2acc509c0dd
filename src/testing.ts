export { manualClock, type ManualClock } from './testing/manual-clock.ts'
export { seededRandom, type SeededRandom } from './testing/random.ts'
export type { Span } from './testing/span.ts'
export { world } from './testing/world/world.ts'
export type { WorldOptions } from './testing/world/options.ts'
export type { Crash, Unsettled, World, WorldClock, WorldCounts, WorldDisk } from './testing/world/types.ts'
export type { WorldReceiver } from './testing/world/receivers.ts'
export type { ScriptPhase, ScriptStep } from './testing/world/script.ts'
export type { AnswerParts, Trouble, WorldAnswer, WorldRequest } from './testing/world/answers.ts'
export type { Mails, WorldMail } from './testing/world/mails.ts'
export type { Mailbox, MailServer } from './testing/world/mailbox.ts'
export { policyContract, type PolicyCase, type PolicyContractOptions } from './testing/policy-contract.ts'
export { simulate, type Simulation } from './testing/simulate/simulate.ts'
export type { SimulateOptions } from './testing/simulate/check-options.ts'
export type { Fate, FateOfDeliveries, FateOfLetter } from './testing/simulate/fate.ts'
export type { Recorded } from './testing/simulate/replay.ts'
export type { HealthChange } from './testing/simulate/watched.ts'
export { formatTrace, parseTrace } from './testing/trace/lines.ts'
export { traces, type TraceName } from './testing/trace/traces.ts'
export type {
  Answer as TracedAnswer,
  Spell as TracedSpell,
  Trace,
  TracedEvent,
  TracedIntegration,
} from './testing/trace/trace.ts'
export type { ContractCase } from './testing/contracts/suite.ts'
export { storeContract } from './testing/contracts/store.ts'
export type { MakeStoreData, StoreData } from './testing/contracts/store-bench.ts'
export { transportContract } from './testing/contracts/transport.ts'
export { mailerContract, type MailerSubject } from './testing/contracts/mailer.ts'
export type { ReceivedMail, SmtpMoment, TestMailServer } from './testing/contracts/mail-server.ts'
