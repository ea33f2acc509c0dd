import { createHmac, createPrivateKey, createSecretKey, hash, sign, type KeyObject } from 'node:crypto'
import { HookwardError } from '../domain/errors.ts'
import type { Secret, Signing } from '../domain/integration.ts'
import { checkFields, checkText } from './check.ts'

/** The keys made from one secret, once; they do not print what they hold. */
export interface SigningKeys {
  /** Absent for `whsk_`, which shares nothing with the receiver, and where only Standard Webhooks is wanted. */
  readonly sentry?: KeyObject
  /** Present when the secret starts with `whsec_` or `whsk_`, unless only Sentry's scheme is wanted. */
  readonly standard?: KeyObject
}

/** `Sentry-Hook-Signature`: lower-case hex of the HMAC-SHA256 of the exact bytes that are sent. */
export function sentrySignature(key: KeyObject, body: Uint8Array): string {
  return createHmac('sha256', key).update(body).digest('hex')
}

/**
 * `webhook-signature` of Standard Webhooks over `id.seconds.body`: `v1,` and the base64 of the HMAC-SHA256, or with the
 * private key of a `whsk_` secret `v1a,` and the base64 of the ed25519 signature.
 * @param id of the delivery, without a full stop
 * @param atSeconds of this attempt, whole seconds since 1970
 */
export function standardSignature(key: KeyObject, id: string, atSeconds: number, body: Uint8Array): string {
  const head = `${id}.${atSeconds}.`
  if (key.type === 'private')
    return `v1a,${sign(null, Buffer.concat([Buffer.from(head), body]), key).toString('base64')}`
  return `v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`
}

/**
 * Makes the keys of a secret. Sentry's key is the whole text, prefix included; throws `SECRET_INVALID` for a bad `whsec_`
 * or `whsk_`.
 * @param signing the scheme that is wanted. @default both, as far as the secret goes
 */
export function importSecret(secret: string, signing?: Signing): SigningKeys {
  const standard = signing === 'sentry' ? undefined : standardKey(secret)
  const isShared = signing !== 'standard' && !secret.startsWith(privatePrefix)
  return {
    ...(isShared ? { sentry: createSecretKey(Buffer.from(secret, 'utf8')) } : {}),
    ...(standard === undefined ? {} : { standard }),
  }
}

/** Checks that a secret can sign as it is wanted; throws `SECRET_INVALID`. One that the host keeps is checked when found. */
export function checkSigning(secret: Secret, signing: Signing | undefined): void {
  if (typeof secret !== 'string' || signing === undefined) return
  if (signing !== 'sentry' && !isStandard(secret)) throw invalid(`signing: '${signing}' needs whsec_ or whsk_`)
  if (signing !== 'standard' && secret.startsWith(privatePrefix)) throw invalid('whsk_ cannot sign as Sentry does')
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
  if (isStandard(secret)) standardKey(secret)
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
  return hash('sha256', `${seed}:${destinationType}:${destinationId}`).slice(0, 32)
}

const sharedPrefix = 'whsec_'
const privatePrefix = 'whsk_'

function isStandard(secret: string): boolean {
  return secret.startsWith(sharedPrefix) || secret.startsWith(privatePrefix)
}

function standardKey(secret: string): KeyObject | undefined {
  if (secret.startsWith(sharedPrefix)) return createSecretKey(bytesOf(secret, sharedPrefix, [24, 64]))
  if (!secret.startsWith(privatePrefix)) return undefined
  // The seed, with or without the public key behind it.
  const bytes = bytesOf(secret, privatePrefix, [32, 64])
  if (bytes.length !== 32 && bytes.length !== 64) throw invalid('the key after whsk_ is not 32 or 64 bytes long')
  const key = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes.subarray(0, 32)])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

function bytesOf(secret: string, prefix: string, [least, most]: readonly [number, number]): Buffer {
  const base64 = secret.slice(prefix.length)
  const bytes = Buffer.from(base64, 'base64')
  // Node skips what is not base64; writing it out again shows whether anything was skipped.
  if (bytes.toString('base64') !== base64) throw invalid(`what follows ${prefix} is not base64`)
  if (bytes.length < least || bytes.length > most)
    throw invalid(`the key after ${prefix} is not ${least} to ${most} bytes long`)
  return bytes
}

function invalid(fact: string): HookwardError {
  return new HookwardError('SECRET_INVALID', fact)
}
