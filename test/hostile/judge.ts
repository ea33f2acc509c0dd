import { undiciTransport } from '../../src/adapters/undici/transport.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { createNetwork } from '../../src/policy/network.ts'
import { anyBytesMax, type HostileCase } from './cases.ts'
import type { Place } from './places.ts'

/** How the last attempt at a hostile server went. */
export interface Judged {
  readonly outcome: Outcome
  /** The last attempt, from outside. */
  readonly ms: number
  readonly bytes: number
  readonly bytesBound: number
  /** What is not as it should be; nothing, if all is well. */
  readonly faults: readonly string[]
}

/** The deadline of an attempt at a case. */
export const deadlineOf = ({ deadlineMs = 250 }: HostileCase): number => deadlineMs

/** Attempts a hostile server, as often as the case says, and compares. Time is told, not judged. */
export async function judge(given: HostileCase, { url, nameServer }: Omit<Place, 'close'>): Promise<Judged> {
  const nameServers = nameServer === undefined ? {} : { nameServers: [nameServer] }
  const transport = undiciTransport({ network: createNetwork({ allow: ['127.0.0.0/8'] }), ...nameServers })
  const { attempts = 1, bodyBytes = 7, waitMs = 0, bytesMax = anyBytesMax } = given
  const body = Buffer.alloc(bodyBytes, 'b')
  try {
    let outcome: Outcome | undefined
    let startedAt = 0
    for (let n = 0; n < attempts; n += 1) {
      if (n > 0) await new Promise((resolve) => (waitMs > 0 ? setTimeout(resolve, waitMs) : setImmediate(resolve)))
      startedAt = performance.now()
      outcome = await transport.attempt({ url, headers: {}, body, deadlineMs: deadlineOf(given) })
    }
    if (outcome === undefined) throw new Error(`${given.name} makes no attempt`)
    const ms = performance.now() - startedAt
    const bytes = outcome.bytesIn ?? 0
    return { outcome, ms, bytes, bytesBound: bytesMax, faults: faultsOf(given, outcome, bytes, bytesMax) }
  } finally {
    await transport.close()
  }
}

function faultsOf({ kind, code }: HostileCase, outcome: Outcome, bytes: number, bytesMax: number): readonly string[] {
  const isCode = code === undefined || (typeof code === 'string' ? outcome.code === code : code.test(outcome.code))
  const kept = Buffer.byteLength(outcome.body)
  return [
    ...(outcome.kind === kind ? [] : [`it is ${outcome.kind} (${outcome.code}), not ${kind}`]),
    ...(isCode ? [] : [`its code is ${outcome.code}`]),
    ...(bytes <= bytesMax ? [] : [`${bytes} bytes were read`]),
    ...(kept <= 3_072 ? [] : [`${kept} bytes of a body were kept`]),
  ]
}
