import { HookwardError } from '../domain/errors.ts'
import type { Integration, Secret, Signing } from '../domain/integration.ts'
import { checkSecret, importSecret, type SigningKeys } from '../policy/signature.ts'
import type { Clock, Secrets } from '../ports.ts'

/** A secret that was found is not asked for again for so long. */
const foundForMs = 60_000
/** The host has so long to find one, in real time. */
const askMsMax = 5_000

/** The current key first. */
export type Keys = readonly [SigningKeys, ...SigningKeys[]]

/** The keys that sign for an integration: imported once, found by name where the host keeps the text. */
export class Keyring {
  readonly #clock: Clock
  readonly #secrets: Secrets | undefined
  readonly #literal = new WeakMap<Integration, Map<string, SigningKeys>>()
  readonly #found = new Map<string, { readonly keys: Promise<SigningKeys>; readonly at: number }>()

  constructor(clock: Clock, secrets: Secrets | undefined) {
    this.#clock = clock
    this.#secrets = secrets
  }

  /** The current key first, then each old one that has not ended; rejects when the host does not find one. */
  keysOf(integration: Integration): Keys | Promise<Keys> {
    const { oldSecrets = [], secret } = integration
    const first = this.#keys(integration, secret)
    // The usual case: one secret, and nothing to wait for.
    if (oldSecrets.length === 0 && !(first instanceof Promise)) return [first]
    return this.#all(integration, first, oldSecrets)
  }

  async #all(
    integration: Integration,
    first: SigningKeys | Promise<SigningKeys>,
    oldSecrets: NonNullable<Integration['oldSecrets']>,
  ): Promise<Keys> {
    const at = this.#clock.now()
    const old = oldSecrets.filter(({ until }) => until > at)
    const current = await first
    return [current, ...(await Promise.all(old.map(async ({ secret }) => this.#keys(integration, secret))))]
  }

  #keys(integration: Integration, secret: Secret): SigningKeys | Promise<SigningKeys> {
    if (typeof secret !== 'string') return this.#lookUp(secret.ref, integration.signing)
    const imported = this.#literal.get(integration) ?? new Map<string, SigningKeys>()
    this.#literal.set(integration, imported)
    const keys = imported.get(secret) ?? importSecret(secret, integration.signing)
    imported.set(secret, keys)
    return keys
  }

  #lookUp(ref: string, signing: Signing | undefined): Promise<SigningKeys> {
    const at = this.#clock.now()
    const name = `${signing ?? ''} ${ref}`
    const known = this.#found.get(name)
    if (known !== undefined && at - known.at < foundForMs) return known.keys
    const keys = this.#ask(ref, signing)
    this.#found.set(name, { keys, at })
    // One that was not found is asked for again at the next attempt.
    keys.catch(() => this.#found.delete(name))
    return keys
  }

  async #ask(ref: string, signing: Signing | undefined): Promise<SigningKeys> {
    const name = JSON.stringify(ref)
    if (this.#secrets === undefined)
      throw new HookwardError('SECRET_UNKNOWN', `there is no option secrets to find ${name}`)
    const asked = Promise.resolve().then(() => this.#secrets?.get(ref))
    // What it throws may quote the secret, so it is not passed on.
    const text = await inTime(asked).catch(() => undefined)
    if (text === undefined)
      throw new HookwardError('SECRET_UNKNOWN', `secrets.get gave nothing for ${name} within ${askMsMax} ms`)
    return importSecret(checkSecret(text), signing)
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), askMsMax)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
