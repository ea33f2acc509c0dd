import { lowdbStore } from '../adapters/lowdb/store.ts'
import { systemClock, systemRandom } from '../adapters/system-clock.ts'
import { undiciTransport } from '../adapters/undici/transport.ts'
import { HookwardError } from '../domain/errors.ts'
import { sentryApplication } from '../flows/envelope.ts'
import type { Network } from '../policy/network.ts'
import { checkFields, checkText, refuse } from '../policy/check.ts'
import { checkPolicy } from '../policy/check-policy.ts'
import type { Policy } from '../policy/health/policy.ts'
import type { OpenTopics } from '../policy/parse-event.ts'
import { parseSchemas, type Schemas, type StandardSchema } from '../policy/standard-schema.ts'
import { sentry } from '../policy/health/sentry.ts'
import { standard } from '../policy/health/standard.ts'
import type { Channel, Clock, Logger, Mailer, MailOutcome, Random, Secrets, Store, Transport } from '../ports.ts'
import { forgiving, silent } from './logging.ts'
import { readNetwork, readProxy, type NetworkOptions } from './network-options.ts'
import { readMailing, type MailOptions, type Mailing } from './mail-options.ts'
import type { Hookward } from './hookward.ts'
import { methods, option, wholeUpTo } from './option-checks.ts'
import type { OutageGuard } from './outage-guard.ts'
import type { ChooseRecipients } from './recipients.ts'
import { readStandby, type StandbyOptions, type StandbyParts } from './standby/standby-options.ts'
import { Tracings } from './tracings.ts'

/** What an engine is made from. Only `dir` or `store` must be given. */
export interface HookwardOptions<Topics = OpenTopics> {
  /**
   * The rule integrations are judged by: `'standard'`, which warns before it disables, `'sentry'`, which is the documents'
   * own, or any value of the interface. @default 'standard'
   */
  readonly policy?: 'sentry' | 'standard' | Policy
  /**
   * A second policy that hears everything beside `policy` and changes nothing: see `hookward.shadow()` and the event
   * `shadow`. It is kept in memory, up to some 2 KiB an integration, and begins anew with each engine. @default none
   */
  readonly shadow?: 'sentry' | 'standard' | Policy
  /** A folder of the engine's own; made when it is missing. @default none: `store` is then given */
  readonly dir?: string
  /** A store of the host's making, in the place of `dir`. @default none: `dir` is then given */
  readonly store?: Store
  /** How long to wait for another process that holds `dir`, in milliseconds up to a day. @default 30_000 */
  readonly lockWaitMs?: number
  /** All bodies of deliveries in `dir` that are not settled, added up. @default 1 GiB (1,073,741,824) */
  readonly backlogBytesMax?: number
  /**
   * How much of a body the log keeps where an attempt failed, of the request and of the answer, in characters: up to
   * 16,384. `0` keeps none. @default 1_024
   */
  readonly logBodyCharsMax?: number
  /** Owner mail. @default none: notices are kept and reported as `notice.failed` */
  readonly mail?: MailOptions
  /** Signs the links of `mail.enableUrl`: 32 to 1,024 characters, the same in every process. @default none: no such links */
  readonly linkSecret?: string
  /** Where attempts may go. @default public addresses only */
  readonly network?: NetworkOptions
  /** Moves policy time only. @default the system's */
  readonly clock?: Clock
  /** Chance and ids. @default the system's */
  readonly random?: Random
  /** Sends attempts; `network` then guards URLs at the door only. @default HTTP over undici */
  readonly transport?: Transport
  /** Sends letters, with `mail.from` left to it. @default SMTP, when `mail` is given */
  readonly mailer?: Mailer
  /**
   * Channels of the host's own that tell of notices beside mail, by name: at most 16. `recipients` says who is told by
   * which.
   * @default mail alone, where it is given
   */
  readonly channels?: Readonly<Record<string, Channel>>
  /**
   * Who hears of a notice, and by which channel, at most 64: asked when it becomes letters, within 30 s of real time, and again like a letter
   * when it fails. Of a recovery hear those who were told in its incident. @default the owners of the integration
   */
  readonly recipients?: ChooseRecipients
  /** Finds secrets that integrations name as `{ ref }`. @default none: secrets are given as texts */
  readonly secrets?: Secrets
  /** Any pino-shaped logger, or `console`. @default silent */
  readonly logger?: Logger
  /** The actor of events that nobody in particular caused. @default { id: 'sentry', name: 'Sentry' } */
  readonly application?: { readonly id: string; readonly name: string }
  /**
   * Schemas that check the data of events, by topic: of any library that follows Standard Schema, asynchronous ones too,
   * which answer within 30 s. What the schema makes of the data is what is sent. @default none: any JSON will do
   */
  readonly schemas?: Schemas<Topics>
  /**
   * Called when this process holds the store: at the start, or with `standby` when it takes over. `put` and `install` in
   * it; what it emits goes before all that standbys handed over. At the start, what it throws is thrown. @default nothing
   */
  readonly setUp?: (hookward: Hookward<Topics>) => unknown
  /**
   * Several processes on one `dir`: whoever comes first holds it, the others stand by at once. Their events are durable
   * when `emit` resolves, and one of them takes over when the holder is gone. @default false: waits for `lockWaitMs`
   */
  readonly standby?: boolean | StandbyOptions
  /** Whether an organisation keeps its members' e-mail addresses out of bodies. @default never */
  readonly enhancedPrivacy?: (organization: string) => boolean
}

/** Everything an engine works with, made and checked. */
export interface Parts extends Mailing {
  readonly policy: Policy
  readonly shadow?: Policy
  readonly store: Store
  readonly transport: Transport
  readonly logBodyCharsMax: number
  readonly recipients?: ChooseRecipients
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly secrets?: Secrets
  readonly logger: Logger
  /** Those who trace what is sent, whichever engine of this process sends it. */
  readonly tracings: Tracings
  readonly application: { readonly id: string; readonly name: string }
  readonly enhancedPrivacy: (organization: string) => boolean
  readonly schemas: ReadonlyMap<string, StandardSchema>
  readonly setUp: (hookward: Hookward) => unknown
  readonly dir?: string
  readonly standby?: StandbyParts
  /** Watches the hosts of many engines that follow each other. @default each engine watches its own */
  readonly guard?: OutageGuard
  /** How letters ended that somebody else sends, by id. @default they are sent by the engine itself */
  readonly elsewhere?: ReadonlyMap<string, MailOutcome>
}

/** Reads the options once, at the door; what is impossible or unknown throws before anything has begun. */
export function readOptions(options: unknown): Parts {
  const fields = checkFields(options, option('the options'), known)
  const empty = known.find((name) => fields[name] === null)
  if (empty !== undefined) refuse(option(empty), 'must not be null: leave it out')
  const given = fields as HookwardOptions
  const network = readNetwork(given.network)
  const standby = readStandby(given)
  const logger = forgiving(methods(given.logger ?? silent, 'logger', ['info', 'warn', 'error']))
  const logBodyCharsMax = wholeUpTo(given.logBodyCharsMax ?? 1_024, 'logBodyCharsMax', 0, 16_384)
  return {
    policy: readPolicy(given.policy),
    ...(given.shadow === undefined ? {} : { shadow: readPolicy(given.shadow) }),
    network,
    ...readMailing(given),
    clock: methods(given.clock ?? systemClock, 'clock', ['now', 'at']),
    random: methods(given.random ?? systemRandom, 'random', ['uuid', 'fraction']),
    logger,
    tracings: new Tracings(logger),
    ...(given.secrets === undefined ? {} : { secrets: methods(given.secrets, 'secrets', ['get']) }),
    ...(callable(given.recipients, 'recipients') && { recipients: given.recipients }),
    application: readApplication(given.application),
    enhancedPrivacy: callable(given.enhancedPrivacy, 'enhancedPrivacy') ?? (() => false),
    setUp: callable(given.setUp, 'setUp') ?? (() => undefined),
    schemas: parseSchemas(given.schemas),
    logBodyCharsMax,
    store: readStore(given, standby),
    ...(given.dir === undefined ? {} : { dir: given.dir }),
    ...(standby === undefined ? {} : { standby }),
    transport: methods(given.transport ?? ownTransport(given, network, logBodyCharsMax), 'transport', [
      'attempt',
      'close',
    ]),
  }
}

function ownTransport({ network: given }: HookwardOptions, network: Network, responseBodyCharsMax: number): Transport {
  return undiciTransport({ network, ...readProxy(given), responseBodyCharsMax })
}

const known = [
  'policy',
  'shadow',
  'dir',
  'store',
  'lockWaitMs',
  'backlogBytesMax',
  'logBodyCharsMax',
  'mail',
  'linkSecret',
  'network',
  'clock',
  'random',
  'transport',
  'mailer',
  'channels',
  'recipients',
  'secrets',
  'logger',
  'application',
  'enhancedPrivacy',
  'schemas',
  'setUp',
  'standby',
] as const

/** Whether an engine takes an option of this name. */
export function isOption(name: string): boolean {
  return (known as readonly string[]).includes(name)
}

function readPolicy(policy: unknown): Policy {
  if (policy === undefined || policy === 'standard') return standard()
  if (policy === 'sentry') return sentry()
  if (typeof policy === 'string')
    throw new HookwardError('POLICY_INVALID', `no policy is called ${JSON.stringify(policy.slice(0, 64))}`)
  return checkPolicy(policy)
}

function readStore({ dir, store, lockWaitMs, backlogBytesMax }: HookwardOptions, standby?: StandbyParts): Store {
  if (store === undefined) {
    if (dir === undefined) throw new HookwardError('STORE_REQUIRED', 'neither dir nor store was given')
    checkText(dir, option('dir'), 4_096)
    const wait = lockWaitMs === undefined ? {} : { lockWaitMs: wholeUpTo(lockWaitMs, 'lockWaitMs', 0, 86_400_000) }
    const bytesMax =
      backlogBytesMax === undefined ? undefined : wholeUpTo(backlogBytesMax, 'backlogBytesMax', 1, 2 ** 40)
    const files = standby === undefined ? {} : { files: standby.files }
    return lowdbStore({ dir, ...wait, ...files, ...(bytesMax === undefined ? {} : { backlogBytesMax: bytesMax }) })
  }
  const stray = Object.entries({ dir, lockWaitMs, backlogBytesMax }).find(([, value]) => value !== undefined)
  if (stray !== undefined) refuse(option(stray[0]), 'says nothing to a store of your own: give one or the other')
  return methods(store, 'store', storeMethods)
}

const storeMethods = [
  'open',
  'configure',
  'append',
  'commit',
  'pulse',
  'body',
  'hours',
  'log',
  'transitions',
  'audit',
  'notices',
  'letters',
  'close',
] as const

function readApplication(value: unknown): Parts['application'] {
  if (value === undefined) return sentryApplication
  const { id, name } = checkFields(value, option('application'), ['id', 'name'])
  return {
    id: checkText(id, option('application.id'), 256),
    name: checkText(name, option('application.name'), 256),
  }
}

function callable<T>(value: T | undefined, name: string): T | undefined {
  return value === undefined || typeof value === 'function' ? value : refuse(option(name), 'must be a function')
}
