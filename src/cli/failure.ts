/** What each code of the command line asks the reader to do next; what an engine refuses has a next step of its own. */
const nextSteps = {
  USAGE: 'see what the command takes with --help',
  UNKNOWN_COMMAND: 'see every command with npx hookward --help',
  ENGINE_UNREACHABLE:
    'start the playground with npx hookward dev, name an engine by --url or HOOKWARD_URL, or a folder by --store',
  ENGINE_ANSWER: 'name the path under which the dashboard is mounted, for example https://host.example/hooks/',
  FOLDER_ONLY_READ: 'name the running engine by --url or HOOKWARD_URL',
  NOT_CONFIRMED: 'nothing was done; pass --yes to do it without a question',
  INTERRUPTED: 'look whether it was done: the engine may have heard of it',
  STREAM_LOST: 'see whether the engine is running, then begin again',
  FILE_UNREADABLE: 'name a file that this user may read',
  PORT_TAKEN: 'stop what listens there, or choose another by --port',
  NOT_BUILT: 'build it first: npm run build',
} as const

/** The stable code of a {@link Failure} of the command line itself. */
export type CliCode = keyof typeof nextSteps

/** Every code of the command line with the next step it asks for. */
export const cliCodes: Readonly<Record<CliCode, string>> = nextSteps

/** What an engine, or a store, says to a program, as somebody at a terminal does it. */
const here: Readonly<Record<string, string>> = {
  INTEGRATION_UNKNOWN: 'see which there are with npx hookward ls',
  INTEGRATION_PAUSED: 'resume it first: npx hookward resume SLUG',
  INTEGRATION_QUARANTINED: 'mend the policy, then npx hookward enable SLUG',
  PROBE_FAILED: 'mend the receiver and enable it again, or pass --force',
  PROBE_TOO_SOON: 'wait until the moment named, or pass --force',
  STORE_REQUIRED: 'name the folder that the engine has as its dir',
}

/** The next step of a refusal, in the words of the command line. */
export function stepOf({ code, nextStep }: { readonly code: string; readonly nextStep: string }): string {
  return Object.hasOwn(here, code) ? (here[code] ?? nextStep) : nextStep
}

/** Why a command ended without doing what it was asked: a code, a fact and a next step, as everywhere else. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: string
  readonly fact: string
  readonly nextStep: string

  constructor(code: string, fact: string, nextStep: string, options?: ErrorOptions) {
    super(`${code}: ${fact}. Next: ${nextStep}.`, options)
    this.code = code
    this.fact = fact
    this.nextStep = nextStep
  }
}

/** A failure of the command line itself; its next step stands in the table. */
export function failed(code: CliCode, fact: string, options?: ErrorOptions): Failure {
  return new Failure(code, fact, nextSteps[code], options)
}
