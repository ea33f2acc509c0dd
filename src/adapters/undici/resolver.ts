import { lookup, Resolver as DnsResolver } from 'node:dns/promises'
import { HookwardError } from '../../domain/errors.ts'
import { failure } from './failure.ts'

/** How names are looked up. */
export interface ResolverOptions {
  /** DNS servers to ask, as `address` or `address:port`. @default those of the system */
  readonly nameServers?: readonly string[] | undefined
  /** Real monotonic time, in milliseconds. @default performance.now */
  readonly now?: () => number
  /** How many names are kept. @default 10_000 */
  readonly namesMax?: number
}

/**
 * Finds the addresses of names without `getaddrinfo`, whose few threads the whole process shares: a dead name here
 * makes nobody else wait. Answers are kept as long as they say, within bounds, and one question per name is under way.
 */
export class Resolver {
  readonly #now: () => number
  readonly #namesMax: number
  readonly #dns = new DnsResolver({ timeout: 1_000, tries: 2 })
  /** The oldest first. */
  readonly #known = new Map<string, Known>()
  readonly #asked = new Map<string, Promise<readonly string[]>>()
  #heardAt = -Infinity
  /** Set while the name server is asked whether it is there at all. */
  #probedAt: number | undefined

  constructor({ nameServers, now = () => performance.now(), namesMax = 10_000 }: ResolverOptions = {}) {
    this.#now = now
    this.#namesMax = namesMax
    if (nameServers !== undefined) setServers(this.#dns, nameServers)
  }

  /** How many names are kept. */
  get size(): number {
    return this.#known.size
  }

  /** The addresses of a name, both families; it is taken as fully qualified. Rejects with a stable code. */
  resolve(hostname: string): Promise<readonly string[]> {
    return this.#cached(hostname, () => this.#query(hostname))
  }

  /** The same as the operating system finds it, with its hosts file: for the few names an operator wrote down. */
  resolveBySystem(hostname: string): Promise<readonly string[]> {
    return this.#cached(`system ${hostname}`, async () => {
      const found = await lookup(hostname, { all: true })
      return { addresses: found.map(({ address }) => address), ttlS: systemTtlS }
    })
  }

  /** Whether nothing at all has been heard of the name server since a question was put: then no name is to blame. */
  isSilentSince(askedAt: number): boolean {
    return this.#heardAt < askedAt && this.#probedAt !== undefined && this.#now() - this.#probedAt >= probeMsMin
  }

  /** Ends every question under way. */
  close(): void {
    this.#dns.cancel()
  }

  #cached(key: string, ask: () => Promise<Found>): Promise<readonly string[]> {
    const known = this.#known.get(key)
    if (known !== undefined && known.until > this.#now()) return known.answer
    const asked = this.#asked.get(key) ?? this.#ask(key, ask)
    this.#asked.set(key, asked)
    return asked
  }

  #ask(key: string, ask: () => Promise<Found>): Promise<readonly string[]> {
    const keep = (ttlS: number) => this.#keep(key, answer, ttlS)
    const answer = ask().then(
      ({ addresses, ttlS }) => {
        keep(Math.min(Math.max(ttlS, ttlSMin), ttlSMax))
        return addresses
      },
      (error: unknown) => {
        keep(failureTtlS)
        throw error
      },
    )
    return answer
  }

  #keep(key: string, answer: Promise<readonly string[]>, ttlS: number): void {
    this.#asked.delete(key)
    this.#known.delete(key)
    this.#known.set(key, { answer, until: this.#now() + ttlS * 1_000 })
    const [oldest] = this.#known.keys()
    if (this.#known.size > this.#namesMax && oldest !== undefined) this.#known.delete(oldest)
  }

  /** Both families at once. What one of them finds is enough. */
  async #query(hostname: string): Promise<Found> {
    const askedAt = this.#now()
    const doubt = setTimeout(() => void this.#probe(), doubtMs)
    const heard = <T>(answer: Promise<T>) => this.#hearing(answer)
    const answers = await Promise.allSettled([
      heard(this.#dns.resolve6(hostname, { ttl: true })),
      heard(this.#dns.resolve4(hostname, { ttl: true })),
    ])
    clearTimeout(doubt)
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    if (found.length > addressesMax) throw failure('TOO_MANY_ADDRESSES')
    if (found.length > 0)
      return { addresses: found.map(({ address }) => address), ttlS: Math.min(...found.map(({ ttl }) => ttl)) }
    const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as Error] : []))
    throw this.isSilentSince(askedAt) ? failure('NAME_SERVER_UNREACHABLE') : worst(reasons)
  }

  /** Any answer says that the name server is there, also one that knows nothing. */
  async #hearing<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await answer
      this.#hear()
      return value
    } catch (error) {
      if (!unheard.has(codeOf(error))) this.#hear()
      throw error
    }
  }

  /** A question that every name server answers at once, if only with a refusal: which servers the root has. */
  async #probe(): Promise<void> {
    if (this.#probedAt !== undefined && this.#now() - this.#probedAt < probeMsMax) return
    this.#probedAt = this.#now()
    await this.#hearing(this.#dns.resolveNs('.')).catch(() => undefined)
  }

  #hear(): void {
    this.#heardAt = this.#now()
    this.#probedAt = undefined
  }
}

interface Known {
  readonly answer: Promise<readonly string[]>
  readonly until: number
}

interface Found {
  readonly addresses: readonly string[]
  readonly ttlS: number
}

/** Each address is checked: a name that stands for thousands would stop the process for as long as that takes. */
const addressesMax = 32
const ttlSMin = 1
const ttlSMax = 60
const failureTtlS = 1
const systemTtlS = 5
/** A name server that has not answered for so long is asked whether it is there. */
const doubtMs = 300
/** It has so long to say so. */
const probeMsMin = 250
const probeMsMax = 3_000
const unheard: ReadonlySet<string> = new Set(['ETIMEOUT', 'ECONNREFUSED', 'ECANCELLED', 'EDESTRUCTION', 'ENOMEM'])

/**
 * "No such record" of one family says less than the other family's trouble.
 * A name server that cannot be reached is our own trouble, unlike a receiver that refuses us.
 */
function worst(errors: readonly Error[]): Error {
  const codes = errors.map(codeOf)
  const telling = codes.find((code) => code !== 'ENODATA') ?? codes[0] ?? 'ENOTFOUND'
  return failure(telling === 'ECONNREFUSED' ? 'NAME_SERVER_UNREACHABLE' : telling)
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'ENOTFOUND'
}

function setServers(dns: DnsResolver, nameServers: readonly string[]): void {
  try {
    dns.setServers(nameServers)
  } catch {
    throw new HookwardError('OPTION_INVALID', 'nameServers holds something that is no address of a server')
  }
}
