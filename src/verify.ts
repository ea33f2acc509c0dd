/**
 * `hookward/verify`: what a receiver needs to know that a request is ours. It needs `node:crypto` and nothing else.
 * Give it the body as the bytes that came, before anything has parsed them.
 * @module
 */
import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto'

/** The body as it came: bytes, or the text they are in UTF-8. */
export type RawBody = Uint8Array | string

/** Headers of a request: `request.headers` of Node, a `Headers` of fetch, or any object of names and values. */
export type RequestHeaders =
  { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>

/** How old, or how far ahead, a request may be. */
export interface VerifyOptions {
  /** In milliseconds, both ways. @default 300_000 */
  readonly toleranceMs?: number
  /** The moment to compare with, milliseconds since 1970. @default Date.now() */
  readonly now?: number
}

/**
 * Whether `Sentry-Hook-Signature` is that of this body. It says nothing of when it was made: a request can be replayed,
 * so deduplicate by `Idempotency-Key`.
 * @param secret the secret, or several while one is being replaced
 * @example
 * if (!verifySentry(rawBody, request.headers, secret)) return response.writeHead(401).end()
 */
export function verifySentry(rawBody: RawBody, headers: RequestHeaders, secret: string | readonly string[]): boolean {
  const body = bytesOf(rawBody)
  const signature = headerOf(headers, 'sentry-hook-signature') ?? ''
  return listOf(secret).some((key) => isEqual(createHmac('sha256', key).update(body).digest('hex'), signature))
}

/**
 * Whether one signature in `webhook-signature` (Standard Webhooks, `v1` and `v1a`) is that of this body, id and moment,
 * and the moment is now, within a tolerance.
 * @param secret `whsec_...`, the public key `whpk_...`, or several of them while one is being replaced
 * @example
 * if (!verifyStandard(rawBody, request.headers, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')) return response.writeHead(401).end()
 */
export function verifyStandard(
  rawBody: RawBody,
  headers: RequestHeaders,
  secret: string | readonly string[],
  { toleranceMs = 300_000, now = Date.now() }: VerifyOptions = {},
): boolean {
  const body = bytesOf(rawBody)
  const checks = listOf(secret).map(checkBy)
  const [id, seconds] = [headerOf(headers, 'webhook-id'), headerOf(headers, 'webhook-timestamp')]
  if (id === undefined || id === '' || seconds === undefined || !/^\d{1,12}$/.test(seconds)) return false
  if (Math.abs(now - Number(seconds) * 1_000) > toleranceMs) return false
  const content = Buffer.concat([Buffer.from(`${id}.${seconds}.`), body])
  const signatures = (headerOf(headers, 'webhook-signature') ?? '').split(' ').slice(0, signaturesMax)
  return signatures.some((signature) => checks.some((check) => check(content, signature)))
}

type Values = Readonly<Record<string, string | readonly string[] | undefined>>

type Check = (content: Uint8Array, signature: string) => boolean

/** More than anybody signs with; each costs a computation. */
const signaturesMax = 16

function checkBy(secret: string): Check {
  if (secret.startsWith('whpk_')) {
    const x = base64Of(secret, 'whpk_').toString('base64url')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    return (content, signature) =>
      signature.startsWith('v1a,') && verify(null, content, key, Buffer.from(signature.slice(4), 'base64'))
  }
  const key = base64Of(secret, 'whsec_')
  return (content, signature) =>
    signature.startsWith('v1,') &&
    isEqual(`v1,${createHmac('sha256', key).update(content).digest('base64')}`, signature)
}

/** In a time that tells nothing of where they differ. */
function isEqual(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function headerOf(headers: RequestHeaders, name: string): string | undefined {
  if (typeof headers.get === 'function') return (headers as { get(name: string): string | null }).get(name) ?? undefined
  const named = Object.entries(headers as Values).filter(([other]) => other.toLowerCase() === name)
  const [value, ...others] = named.flatMap(([, values]) => values ?? [])
  // Two of one name: nobody can say which of them was signed.
  return others.length === 0 && typeof value === 'string' ? value : undefined
}

function listOf(secret: string | readonly string[]): readonly string[] {
  const secrets = typeof secret === 'string' ? [secret] : secret
  if (
    !Array.isArray(secrets) ||
    secrets.length === 0 ||
    secrets.some((each) => typeof each !== 'string' || each === '')
  )
    throw new TypeError('the secret is no text, or an empty one')
  return secrets as readonly string[]
}

function base64Of(secret: string, prefix: string): Buffer {
  const bytes = Buffer.from(secret.slice(prefix.length), 'base64')
  if (!secret.startsWith(prefix) || bytes.length < 24 || bytes.length > 64)
    throw new TypeError('the secret is neither whsec_ nor whpk_ followed by base64')
  return bytes
}

function bytesOf(body: RawBody): Uint8Array {
  if (typeof body === 'string') return Buffer.from(body, 'utf8')
  if (body instanceof Uint8Array) return body
  throw new TypeError('the body is not the raw bytes: verify before anything has parsed it')
}
