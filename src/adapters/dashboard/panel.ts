import type { Overview } from '../../domain/overview.ts'
import type { Access, Caller } from './access.ts'
import { actions } from './actions.ts'
import { parseAct, perform } from './acts.ts'
import { failure, json, problem, refusal } from './answers.ts'
import { asset, page } from './assets.ts'
import { bodyOf } from './body.ts'
import { deliveryOf, integrationOf } from './details.ts'
import { Fresh } from './fresh.ts'
import type { DashboardHost } from './host.ts'
import { importBytesMax, importInto } from './imports.ts'
import { listOf, operatorOf } from './lists.ts'
import { Live } from './live.ts'
import { asks, Query, type Part } from './queries.ts'
import { shownEntry } from './redact.ts'
import { stream } from './stream.ts'
import type { DashboardSession } from './wire.ts'

type Answer = (query: Query, request: Request, caller: Caller) => Promise<unknown>

/** The server behind the pages: each part of them is asked for by name, and each answer is asked of `authorize`. */
export class Panel {
  readonly #host: DashboardHost
  readonly #access: Access
  readonly #base: string | undefined
  readonly #live: Live
  readonly #overview: Fresh<Overview>

  constructor(host: DashboardHost, access: Access, base: string | undefined) {
    this.#host = host
    this.#access = access
    this.#base = base
    this.#overview = new Fresh(() => host.overview())
    this.#live = new Live(host, () => this.#overview.stale())
  }

  async answer(request: Request, caller: Caller): Promise<Response> {
    try {
      const answer = await this.#route(request, caller)
      return request.method === 'HEAD' ? new Response(null, answer) : answer
    } catch (error) {
      return failure(error)
    }
  }

  async #route(request: Request, caller: Caller): Promise<Response> {
    const { base, part } = this.#placeOf(request)
    if (part === 'api/act') return this.#act(request, caller)
    if (part === 'api/import') return this.#import(request, caller)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refusal(problem(405, 'METHOD', `${request.method} is not taken here`, 'use GET'))
    const allowed = await this.#access.ask(request, 'read', caller)
    if ('status' in allowed) return refusal(allowed)
    if (part === '') return page(base)
    if (part.startsWith('assets/')) return asset(part.slice(7), request)
    const name = part.slice(4)
    // Mounted at `/api/hooks`, and asked for without a slash behind it.
    if (!isPart(name) && request.headers.get('accept')?.includes('text/html') === true)
      return page(this.#base ?? `${base}${part}/`)
    // Nobody stays who only looks at the head.
    if (!isPart(name) || (name === 'stream' && request.method === 'HEAD'))
      return refusal(problem(404, 'NOT_FOUND', 'there is no such page', 'start at the list'))
    const query = new Query(request.url, name)
    if (name === 'stream') return this.#stream(request, query)
    return json(await this.#answers[name](query, request, caller))
  }

  /** Where it is mounted, and which part of it is asked for: nothing but these two forms leads below the page. */
  #placeOf({ url }: Request): { readonly base: string; readonly part: string } {
    // Two slashes at the front would lead to another host.
    const path = new URL(url).pathname.replace(/^\/+/, '/')
    const [part = ''] = /(?<=\/)(?:assets|api)\/[\w.-]+$/.exec(path) ?? []
    const before = path.slice(0, path.length - part.length)
    return { base: this.#base ?? (before.endsWith('/') ? before : `${before}/`), part }
  }

  readonly #answers: Readonly<Record<Exclude<Part, 'stream'>, Answer>> = {
    session: (_, request, caller) => this.#session(request, caller),
    list: async (query) => listOf(this.#host, await this.#overview.get(), query.list),
    operator: async () => ({
      ...operatorOf(await this.#overview.get(), this.#host.shadow()),
      viewers: this.#live.viewers,
    }),
    integration: async (query) => integrationOf(this.#host, await this.#overview.get(), query.text('slug')),
    log: async (query) => (await this.#host.log(query.text('slug'), query.log)).map(shownEntry),
    delivery: (query) => deliveryOf(this.#host, query.text('slug'), query.text('id')),
    held: (query) => this.#host.held(query.text('slug'), query.ledger),
    dead: (query) => this.#host.dead(query.text('slug'), query.ledger),
    preview: (query) => this.#host.replay(query.text('slug'), query.preview),
  }

  /** What the page may show, and the token its changes carry. */
  async #session(request: Request, caller: Caller): Promise<DashboardSession> {
    const { at, policy } = await this.#overview.get()
    const may = await Promise.all(
      actions.map(
        async (action) => [action, !('status' in (await this.#access.ask(request, action, caller)))] as const,
      ),
    )
    return { at, policy, token: this.#access.token, may: Object.fromEntries(may) as DashboardSession['may'] }
  }

  async #act(request: Request, caller: Caller): Promise<Response> {
    if (request.method !== 'POST') return refusal(problem(405, 'METHOD', 'a change is posted', 'use POST'))
    // Who may not look learns nothing, not even whether what was posted is right.
    const reader = await this.#access.change(request, 'read', caller)
    if ('status' in reader) return refusal(reader)
    const act = parseAct(await bodyOf(request))
    const allowed = await this.#access.ask(request, act.action, caller)
    if ('status' in allowed) return refusal(allowed)
    try {
      return json(await perform(this.#host, act, allowed.by))
    } finally {
      this.#overview.stale()
    }
  }

  async #import(request: Request, caller: Caller): Promise<Response> {
    if (request.method !== 'POST') return refusal(problem(405, 'METHOD', 'an import is posted', 'use POST'))
    const allowed = await this.#access.change(request, 'import', caller)
    if ('status' in allowed) return refusal(allowed)
    try {
      return json(await importInto(this.#host, await bodyOf(request, importBytesMax), allowed.by))
    } finally {
      this.#overview.stale()
    }
  }

  #stream(request: Request, query: Query): Response {
    const slug = query.optional('slug')
    if (slug !== undefined) this.#host.integrations.get(slug)
    if (this.#live.isFull)
      return refusal(problem(503, 'CROWDED', 'too many are watching already', 'close another page'))
    return stream(this.#live, request, slug)
  }
}

function isPart(name: string): name is Part {
  return Object.hasOwn(asks, name)
}
