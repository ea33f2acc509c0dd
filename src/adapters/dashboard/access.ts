import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { DashboardAction } from './actions.ts'
import { problem, type Problem } from './answers.ts'

/** `false` refuses; `true` allows; a name allows and is who the audit names, 1 to 64 characters. */
export type Authorize = (request: Request, action: DashboardAction) => Permit | Promise<Permit>
/** The answer of {@link Authorize}. */
export type Permit = boolean | string

/** What only the server knows of a request. */
export interface Caller {
  /** Whoever is at the other end of the socket. Needed only where no `authorize` is given. */
  readonly remoteAddress?: string | undefined
}

/** Who acts, where somebody may. */
export type Allowed = { readonly by: string } | Problem

/** Decides who may do what. Nothing the page hides or shows has a part in it. */
export class Access {
  /** Proves that a change was asked for by a page of ours: no other origin can read it. */
  readonly token = randomBytes(24).toString('base64url')
  readonly #authorize: Authorize | undefined
  readonly #imports: boolean

  constructor(authorize: Authorize | undefined, imports: boolean) {
    this.#authorize = authorize
    this.#imports = imports
  }

  /** Without `authorize` whoever is on this machine may look, and nobody may do anything. */
  async ask(request: Request, action: DashboardAction, caller: Caller): Promise<Allowed> {
    if (action === 'import' && !this.#imports)
      return problem(403, 'REFUSED', 'nothing is registered through this dashboard', 'pass import: true to dashboard()')
    if (this.#authorize === undefined) return onThisMachine(request, action, caller)
    const permit = await this.#authorize(request, action)
    if (permit === true) return { by: 'dashboard' }
    if (typeof permit === 'string' && permit !== '')
      return { by: permit.replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ').slice(0, 64) }
    return problem(403, 'REFUSED', `authorize refuses ${action}`, 'ask whoever runs this dashboard')
  }

  /** A change comes from a page of our own origin, and carries what only such a page can know. */
  async change(request: Request, action: DashboardAction, caller: Caller): Promise<Allowed> {
    const fault = foreign(request) ?? this.#stale(request.headers.get('x-hookward-token') ?? '')
    return fault ?? this.ask(request, action, caller)
  }

  #stale(token: string): Problem | undefined {
    if (timingSafeEqual(digest(token), digest(this.token))) return undefined
    return problem(403, 'TOKEN_STALE', 'the token is missing or of an earlier start', 'load the page again')
  }
}

function onThisMachine(request: Request, action: DashboardAction, { remoteAddress }: Caller): Allowed {
  const { headers, url } = request
  const isForwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip'].some((name) => headers.has(name))
  const isNear = isLoopback(remoteAddress) && isLoopbackName(new URL(url).hostname) && !isForwarded
  if (!isNear)
    return problem(
      403,
      'REFUSED',
      'without authorize it is shown on this machine alone',
      'pass authorize to dashboard()',
    )
  if (action === 'read') return { by: 'dashboard' }
  return problem(403, 'REFUSED', 'without authorize nothing can be changed', 'pass authorize to dashboard()')
}

/** A browser says where a request comes from; one that does not say is compared by its origin. */
function foreign(request: Request): Problem | undefined {
  const { headers, url } = request
  const site = headers.get('sec-fetch-site')
  const origin = headers.get('origin')
  const isOwn =
    site === null
      ? origin !== null && hostOf(origin) === (headers.get('host') ?? new URL(url).host)
      : site === 'same-origin'
  const isJson = (headers.get('content-type') ?? '').split(';')[0]?.trim() === 'application/json'
  if (isOwn && isJson) return undefined
  return problem(403, 'FOREIGN', 'the change was not asked for by a page of this origin', 'use the page itself')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address)
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127(?:\.\d+){3}$/.test(name)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
