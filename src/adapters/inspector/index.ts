import { HookwardError } from '../../domain/errors.ts'
import { checkFields, checkObject, refuse, type Field } from '../../policy/check.ts'
import { startRelay, type Inspectable } from './relay.ts'

/** How an inspector runs. */
export interface InspectorOptions {
  /** A port of 127.0.0.1. @default any free one */
  readonly port?: number
  /** Inspectors show how the host works inside: in production one runs only where this is true. @default false */
  readonly production?: boolean
}

/** An inspector that runs. */
export interface Inspector {
  /** A page that draws the live charts, without a network; `?integration=slug` narrows it to one. */
  readonly url: string
  /** The same frames for a client of `@statelyai/inspect`: `createWebSocketReceiver({ server })`. */
  readonly server: string
  /** How many are watching. */
  viewers(): number
  /** Detaches from the engine and frees the port. */
  close(): Promise<void>
}

/**
 * Shows an engine's machines live, in Stately's inspection protocol, on loopback only. States, signals and counts go out;
 * secrets, addresses and bodies are never among them. Needs the package `ws`.
 * @throws HookwardError `PEER_MISSING` without `ws`, `OPTION_INVALID` in production unless asked for, and for a port
 * that cannot be had.
 * @example
 * const inspector = await inspect(hookward)
 * console.log(inspector.url)
 */
export async function inspect(engine: Inspectable, options: InspectorOptions = {}): Promise<Inspector> {
  const asked = readPort(engine, options)
  if (process.env.NODE_ENV === 'production' && options.production !== true)
    throw new HookwardError(
      'OPTION_INVALID',
      'the inspector is for development; production must be true to run it here',
    )
  const relay = await startRelay(engine, asked).catch((cause: unknown) => noPort(asked, cause))
  const { port } = relay
  return {
    url: `http://127.0.0.1:${port}/`,
    server: `ws://127.0.0.1:${port}/`,
    viewers: () => relay.viewers(),
    close: () => relay.close(),
  }
}

function readPort(engine: unknown, options: unknown): number {
  if (typeof checkObject(engine, option('the engine')).inspect !== 'function')
    return refuse(option('the engine'), 'has no method inspect')
  const { port = 0 } = checkFields(options, option('the options'), ['port', 'production'])
  const isPort = Number.isInteger(port) && Number(port) >= 0 && Number(port) <= 65_535
  return isPort ? Number(port) : refuse(option('port'), 'must be a whole number from 0 to 65535')
}

function noPort(port: number, cause: unknown): never {
  const { code } = cause as NodeJS.ErrnoException
  if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause
  throw new HookwardError('OPTION_INVALID', `port ${port} cannot be had (${code})`, { cause })
}

function option(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}
