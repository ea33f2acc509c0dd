import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { HookwardError } from '../domain/errors.ts'
import type { Secret } from '../domain/integration.ts'
import { checkFields, checkText } from './check.ts'

/** The keys made from one secret, once; they do not print what they hold. */
export interface SigningKeys {
  readonly sentry: KeyObject
  /** Present when the secret starts with `whsec_`: deliveries then carry both signatures. */
  readonly standard?: KeyObject
}

/** `Sentry-Hook-Signature`: lower-case hex of the HMAC-SHA256 of the exact bytes that are sent. */
export function sentrySignature(key: KeyObject, body: Uint8Array): string {
  return createHmac('sha256', key).update(body).digest('hex')
}

/**
 * `webhook-signature` of Standard Webhooks: `v1,` and the base64 of the HMAC-SHA256 over `id.seconds.body`.
 * @param id of the delivery, without a full stop
 * @param atSeconds of this attempt, whole seconds since 1970
 */
export function standardSignature(key: KeyObject, id: string, atSeconds: number, body: Uint8Array): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${atSeconds}.`).update(body).digest('base64')}`
}

/** Makes the keys of a secret. Sentry's key is the whole text, prefix included; throws `SECRET_INVALID` for a bad `whsec_`. */
export function importSecret(secret: string): SigningKeys {
  const sentry = createSecretKey(Buffer.from(secret, 'utf8'))
  if (!secret.startsWith(prefix)) return { sentry }
  return { sentry, standard: createSecretKey(standardBytes(secret)) }
}

/** Checks a secret at the door: 16 to 1,024 characters, and a well-formed key after `whsec_`. No message ever quotes it. */
export function checkSecret(secret: unknown): string {
  if (secret === undefined || secret === null || secret === '')
    throw new HookwardError('SECRET_MISSING', 'the integration has no secret')
  if (typeof secret !== 'string') throw invalid('the secret is not a text')
  if (secret.length < 16) throw invalid('the secret is shorter than 16 characters')
  if (secret.length > 1_024) throw invalid('the secret is longer than 1024 characters')
  // Half a surrogate pair has no UTF-8 form: the receiver could never hold the same key.
  if (/\p{Surrogate}/u.test(secret)) throw invalid('the secret holds half a character')
  if (secret.startsWith(prefix)) standardBytes(secret)
  return secret
}

/** Checks a secret given as a text, or as the name under which the host keeps it (1 to 256 characters). */
export function checkSecretOrRef(secret: unknown): Secret {
  if (typeof secret !== 'object' || secret === null) return checkSecret(secret)
  const { ref } = checkFields(secret, { code: 'SECRET_INVALID', name: 'the secret' }, ['ref'])
  return { ref: checkText(ref, { code: 'SECRET_INVALID', name: 'secret.ref' }, 256) }
}

/**
 * `Idempotency-Key`: the same for every attempt of a delivery, another for every destination (spec 5.10).
 * @param seed 32 lower-case hex digits, not all zero; anything else throws `EVENT_INVALID`
 */
export function idempotencyKey(seed: string, destinationType: string, destinationId: string): string {
  if (!/^[0-9a-f]{32}$/.test(seed) || /^0+$/.test(seed))
    throw new HookwardError('EVENT_INVALID', 'the seed of the idempotency key is not 32 lower-case hex digits')
  return createHash('sha256').update(`${seed}:${destinationType}:${destinationId}`).digest('hex').slice(0, 32)
}

const prefix = 'whsec_'

function standardBytes(secret: string): Buffer {
  const base64 = secret.slice(prefix.length)
  const bytes = Buffer.from(base64, 'base64')
  // Node skips what is not base64; writing it out again shows whether anything was skipped.
  if (bytes.toString('base64') !== base64) throw invalid('what follows whsec_ is not base64')
  if (bytes.length < 24 || bytes.length > 64) throw invalid('the key after whsec_ is not 24 to 64 bytes long')
  return bytes
}

function invalid(fact: string): HookwardError {
  return new HookwardError('SECRET_INVALID', fact)
}
