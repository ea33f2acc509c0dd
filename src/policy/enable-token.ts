import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IntegrationId } from '../domain/integration.ts'

/** What an enable link is about. */
export interface EnableClaim {
  readonly integrationId: IntegrationId
  readonly incidentId: string
  readonly expiresAt: number
}

/** An enable link is good for so long. */
export const enableLinkMs = 7 * 86_400_000

const tokenCharsMax = 1_024

/** The claim and its signature, safe in a query. Whoever holds it may enable this integration in this incident. */
export function signEnable(claim: EnableClaim, linkSecret: string): string {
  const { integrationId, incidentId, expiresAt } = claim
  const text = Buffer.from([integrationId, incidentId, String(expiresAt)].join('\n')).toString('base64url')
  return `${text}.${macOf(text, linkSecret).toString('base64url')}`
}

/** The claim of a token that was signed with this secret; whether it has expired is for the caller to say. */
export function readEnable(token: string, linkSecret: string): EnableClaim | undefined {
  const [text = '', mac = '', ...more] = token.length <= tokenCharsMax ? token.split('.') : []
  const given = Buffer.from(mac, 'base64url')
  const right = macOf(text, linkSecret)
  if (more.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return undefined
  const [integrationId = '', incidentId = '', expiresAt] = Buffer.from(text, 'base64url').toString('utf8').split('\n')
  return { integrationId, incidentId, expiresAt: Number(expiresAt) }
}

/** Of a purpose of its own, so that no other signature with the same secret can stand for it. */
function macOf(text: string, linkSecret: string): Buffer {
  return createHmac('sha256', linkSecret).update(`hookward enable 1\n${text}`).digest()
}
