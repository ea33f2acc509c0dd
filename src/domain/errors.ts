/** What each code asks the reader to do next. One table, so that the catalogue in the docs cannot drift from the code. */
const nextSteps = {
  OPTION_INVALID: 'correct what is named, and call again',
  POLICY_INVALID: 'correct what is named, or leave policy out',
  MAIL_URL_INVALID: 'use an SMTP URL such as smtp://user:password@mail.example.com:587',
  STORE_REQUIRED: 'pass dir: a directory of its own, or store: a Store',
  SLUG_INVALID: 'use 1 to 64 lower-case letters, digits and hyphens, starting with a letter or a digit',
  ORGANIZATION_INVALID: 'use a non-empty name of at most 128 characters',
  TOPIC_INVALID: 'write topics as resource.action (or a resource alone when subscribing), for example invoice.paid',
  TOPIC_UNKNOWN: 'use an action listed for this resource in the catalogue',
  TOPIC_RESERVED: 'installation topics are sent by the engine itself: leave them out',
  INTEGRATION_INVALID: 'correct the field named',
  IMPORT_INVALID: 'correct the line or the option named; with dryRun: true nothing is written',
  INTEGRATION_UNKNOWN: 'register it first with integrations.put()',
  INTEGRATION_PAUSED: 'resume it first with integrations.resume()',
  INTEGRATION_QUARANTINED: 'mend the policy, then enable it with integrations.enable()',
  INTEGRATION_CLOSED: 'enable or resume it first: what is held is sent then anyway',
  PROBE_FAILED: 'mend the receiver and enable it again, or pass force: true with a reason',
  PROBE_TOO_SOON: 'wait until the moment named, or pass force: true with a reason',
  INTEGRATION_BUSY: 'pass waiting: "skip" to give its waiting deliveries up, or wait for idle()',
  INSTALLATION_INVALID: 'correct the field named',
  INSTALLATION_UNKNOWN: 'install it first with installations.install()',
  URL_INVALID: 'use an absolute http or https URL',
  URL_USER_INFO: 'take the user name and password out of the URL; use a custom header for credentials',
  URL_REFUSED: 'use a public address, or have the operator add it to network.allow',
  HEADER_INVALID: 'correct or remove the header named',
  SECRET_MISSING: 'pass secret: the text both sides share, at least 16 characters',
  SECRET_INVALID:
    'use 16 characters or more; after whsec_, the base64 of 24 to 64 bytes; after whsk_, that of an ed25519 key',
  SECRET_UNKNOWN: 'pass secrets: { get } to the engine, and make sure it finds this name',
  OWNER_INVALID: 'list owners as { email } with a plain address, and those of another channel as { channel, address }',
  EVENT_INVALID: 'correct the field named',
  EVENT_NOT_JSON: 'send plain objects, arrays, strings, numbers, booleans and null only',
  EVENT_MISMATCH: 'mend the data at the place named; error.issues tells every place in the words of the schema',
  SCHEMA_FAILED: 'mend the schema of this topic: it must answer with a value or with issues',
  EVENT_TOO_LARGE: 'send a reference instead of the content, or split the event',
  IDEMPOTENCY_CONFLICT: 'use a fresh key for a different event',
  LOG_QUERY_INVALID: 'correct the field named',
  LEDGER_QUERY_INVALID: 'correct the field named',
  TRACE_INVALID: 'correct the line or the entry named',
  ENGINE_STOPPED: 'construct a new engine',
  ENGINE_FAILED: 'look at the cause, mend the store and construct the engine again',
  IDLE_TIMEOUT: 'raise timeoutMs, or look at explain() for what is still under way',
  PEER_MISSING: 'install the package named',
  STORE_DAMAGED:
    'restore a backup, or have npx hookward store check list the damage and store fix --quarantine set it aside; nothing was overwritten',
  STORE_DOC_EDITED:
    'undo the edit, or accept it by npx hookward store fix or by deleting the crc field; nothing was overwritten',
  STORE_OTHER_KIND: 'leave journal: false out, or choose another folder; nothing was touched',
  STORE_TOO_NEW: 'start the version of hookward that wrote it, or a newer one; nothing was touched',
  STORE_LOCKED: 'stop the other process, wait for it with lockWaitMs, or pass standby: true to hand events over to it',
  STORE_UNWRITABLE: 'give this user the right to write in the directory, or choose another one',
  STORE_BACKLOG_FULL: 'wait for deliveries to settle, or raise backlogBytesMax',
  STORE_FAILED: 'free disk space or mend the disk, then construct the engine again',
  STORE_CLOSED: 'open the store before using it, and not after closing it',
  RESTATE_NODE: 'run the workers on Node 22 or newer; the host itself may stay on Node 20',
  RESTATE_UNREACHABLE: 'start the Restate server, and check the addresses in ingress and admin',
  RESTATE_UNREGISTERED: 'start a worker with serveRestate(), which registers itself',
  RESTATE_VERSION: 'run the same version of hookward in hosts and workers',
  RESTATE_KEY: 'give the same key to every host and every worker',
  RESTATE_MIGRATION: 'look at what the cluster has of it, and migrate again: what is not there yet is brought again',
  RESTATE_PAUSED: 'mend the cause its journal shows, then resume the invocation: what it holds up goes on',
  STANDBY: 'ask the process that holds the folder, or put into setUp what is to be done by whichever holds it',
  SPOOL_FULL: 'start a process that takes the spool up, wait, or raise standby.spoolBytesMax or spoolFilesMax',
  SPOOL_FAILED: 'free disk space or mend the disk, and emit again with the same key: whether it was taken is unknown',
  BROKEN_INVARIANT: 'this is a defect of hookward: please report it with this message',
} as const

/** The stable code of a {@link HookwardError}; the catalogue of all of them is `errorCodes`. */
export type ErrorCode = keyof typeof nextSteps

/** Every error code with the next step it asks for. */
export const errorCodes: Readonly<Record<ErrorCode, string>> = nextSteps

/** A place where data does not match its schema, in the words of the schema: these may quote the data. */
export interface SchemaIssue {
  /** From the data on, for example `lines[0].amount`; empty for the data itself. At most 200 characters. */
  readonly path: string
  readonly message: string
}

/**
 * The only error class hookward throws: a stable `code`, a fact, and a next step.
 * Its message never holds a secret or a body.
 * @example
 * if (error instanceof HookwardError && error.code === 'STORE_BACKLOG_FULL') await backOff()
 */
export class HookwardError extends Error {
  override readonly name = 'HookwardError'
  readonly code: ErrorCode
  /** What is the case, without the code and the next step. */
  readonly fact: string
  /** What the reader can do about it. */
  readonly nextStep: string
  // Not a property of its own: whatever prints or serializes an error leaves it out.
  readonly #issues: readonly SchemaIssue[]

  constructor(
    code: ErrorCode,
    fact: string,
    options: ErrorOptions & { readonly issues?: readonly SchemaIssue[] } = {},
  ) {
    const { issues = [], ...rest } = options
    super(`${code}: ${fact}. Next: ${nextSteps[code]}.`, rest)
    this.#issues = issues
    this.code = code
    this.fact = fact
    this.nextStep = nextSteps[code]
  }

  /** Of `EVENT_MISMATCH`: every place, at most 20. Neither logged nor printed with the error, because it may quote data. */
  get issues(): readonly SchemaIssue[] {
    return this.#issues
  }
}

/** What was thrown, in words; never throws itself, although anything may be thrown. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return 'something that cannot be written was thrown'
  }
}

/** Throws `BROKEN_INVARIANT` unless the condition holds; the supervisor of the actor answers. */
export function invariant(condition: boolean, fact: string | (() => string)): asserts condition {
  if (!condition) throw new HookwardError('BROKEN_INVARIANT', typeof fact === 'string' ? fact : fact())
}
