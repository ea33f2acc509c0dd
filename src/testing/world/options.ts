import type { HookwardOptions } from '../../engine/options.ts'
import { checkFields, checkWord, type Field } from '../../policy/check.ts'

/** What a world is made from: nothing must be given. */
export interface WorldOptions {
  /** The rule its integrations are judged by. @default 'standard' */
  readonly policy?: NonNullable<HookwardOptions['policy']>
  /** Where its chance comes from: the same seed, the same world. @default 1 */
  readonly seed?: number
  /** Its first moment, in milliseconds since 1970. @default 2024-06-01T12:00:00Z */
  readonly startMs?: number
  /** `disk`: the journal store on a virtual disk. `memory`: the memory store. @default 'disk' */
  readonly store?: 'disk' | 'memory'
  /** All bodies of deliveries that are not settled, added up. @default 1 GiB (1,073,741,824) */
  readonly backlogBytesMax?: number
  /** A segment of the journal ends at this size. @default 1 MiB (1,048,576) */
  readonly segmentBytesMax?: number
  /** So often, in virtual milliseconds, the store writes its documents. @default 600_000 */
  readonly checkpointMs?: number
  /** What else `createHookward` is to be given. @default nothing */
  readonly engine?: Pick<HookwardOptions, (typeof engineKnown)[number]>
}

/** Checks what the engine does not check itself. */
export function readWorldOptions(options: WorldOptions): WorldOptions {
  const given = checkFields(options, field('the options of the world'), known)
  if (given.store !== undefined) checkWord(given.store, field('store'), ['disk', 'memory'])
  if (given.engine !== undefined) checkFields(given.engine, field('engine'), engineKnown)
  return options
}

const known = [
  'policy',
  'seed',
  'startMs',
  'store',
  'backlogBytesMax',
  'segmentBytesMax',
  'checkpointMs',
  'engine',
] as const
const engineKnown = ['application', 'enhancedPrivacy', 'logger', 'recipients', 'schemas', 'secrets'] as const

function field(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}
