import { escapeHtml } from '../adapters/nodemailer/html.ts'
import { HookwardError } from '../domain/errors.ts'
import type { IntegrationId } from '../domain/integration.ts'
import { readEnable, type EnableClaim } from '../policy/enable-token.ts'
import type { ByHand } from '../policy/by-hand.ts'
import type { Clock } from '../ports.ts'

/** What the page of an enable link works with. */
export interface EnablePageParts {
  readonly clock: Clock
  /** Left out where nothing is registered by this name. */
  readonly find: (id: IntegrationId) => Promise<Found | undefined> | Found | undefined
  readonly enable: (id: IntegrationId, hand: ByHand) => Promise<unknown>
  /** Left out: there are no links, and nothing is found. */
  readonly linkSecret?: string
}

/** An integration as a link may show it. */
export interface Found {
  readonly name: string
  readonly state: string
  readonly incidentId: string | undefined
  readonly sentence: () => Promise<string>
}

interface Page {
  readonly status: number
  readonly title: string
  readonly text: string
  readonly button?: string
}

/** What a link in a letter opens: looking at it changes nothing, since mail scanners do; its button enables, once. */
export class EnablePage {
  readonly #parts: EnablePageParts

  constructor(parts: EnablePageParts) {
    this.#parts = parts
  }

  async answer(request: Request): Promise<Response> {
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST')
      return responseOf({ status: 405, title: 'Not allowed', text: 'This page is opened or its button pressed.' })
    const token = new URL(request.url).searchParams.get('token') ?? ''
    const claim = this.#parts.linkSecret === undefined ? undefined : readEnable(token, this.#parts.linkSecret)
    return responseOf(claim === undefined ? notFound : await this.#open(claim, method), method === 'HEAD')
  }

  async #open({ integrationId: id, incidentId, expiresAt }: EnableClaim, method: string): Promise<Page> {
    const { clock, find } = this.#parts
    const found = await find(id)
    if (found === undefined) return notFound
    if (clock.now() >= expiresAt) return gone('This link has expired.')
    // Its incident is over: whoever enabled it has used up every link of it.
    if (found.incidentId !== incidentId) return gone('This link was used, or the integration is enabled again.')
    if (found.state !== 'disabled') return gone('The integration is not switched off now.')
    const { name } = found
    if (method === 'POST') return this.#enable(id, name)
    return { status: 200, title: `Enable ${name}`, text: await found.sentence(), button: `Enable ${name} now` }
  }

  async #enable(id: IntegrationId, name: string): Promise<Page> {
    try {
      await this.#parts.enable(id, { by: 'enable link', reason: 'the link in a letter was used' })
      return { status: 200, title: `${name} is enabled`, text: 'What was held for it is sent now.' }
    } catch (error) {
      if (!(error instanceof HookwardError)) throw error
      const status = error.code === 'PROBE_TOO_SOON' ? 429 : error.code === 'PROBE_FAILED' ? 409 : undefined
      if (status === undefined) throw error
      const text = `${error.message} The link stays good until it expires.`
      return { status, title: `${name} is not enabled`, text }
    }
  }
}

const notFound: Page = { status: 404, title: 'Not found', text: 'There is no such link.' }

/** Said by an engine that was stopped, or stopped by itself. */
export function unavailable(): Response {
  return responseOf({ status: 503, title: 'Not now', text: 'Nothing was changed. Please try again later.' })
}

function gone(text: string): Page {
  return { status: 410, title: 'Nothing to do', text }
}

/** Nothing is loaded, run, framed, kept or told to another site; the form goes back to where it came from. */
const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
} as const

function responseOf({ status, title, text, button }: Page, isHead = false): Response {
  const form = button === undefined ? '' : `<form method="post"><button>${escapeHtml(button)}</button></form>\n`
  const body = `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>\n<body>\n<h1>${escapeHtml(title)}</h1>\n<p>${escapeHtml(text)}</p>\n${form}</body>\n</html>\n`
  return new Response(isHead ? null : body, { status, headers })
}
