import { createHash } from 'node:crypto'
import type { ObjectContext, ObjectSharedContext } from '@restatedev/restate-sdk'
import type { Entry } from './wire.ts'

/** Among so many values the entries are spread. */
const pagesInAll = 64

/** How often each page has changed. */
export type Revisions = Readonly<Record<string, number>>

/** The pages that are not as the asker knows them. */
export interface Changes {
  readonly revisions: Revisions
  readonly pages: Readonly<Record<string, Readonly<Record<string, Entry>>>>
}

/** The handlers of the catalogue: who is registered, for hosts that fan out events. */
export const catalogueHandlers = {
  update: async (ctx: ObjectContext, entry: Entry): Promise<null> => {
    const { integrationId } = entry
    const page = pageOf(integrationId)
    const [found, revisions] = [await ctx.get<Record<string, Entry>>(page), await ctx.get<Revisions>('revisions')]
    const { [integrationId]: _before, ...others } = found ?? {}
    ctx.set(page, entry.integration === null ? others : { ...others, [integrationId]: entry })
    ctx.set('revisions', { ...revisions, [page]: (revisions?.[page] ?? 0) + 1 })
    return null
  },
  since: async (ctx: ObjectSharedContext, known: Revisions): Promise<Changes> => {
    const revisions = (await ctx.get<Revisions>('revisions')) ?? {}
    const pages: Record<string, Record<string, Entry>> = {}
    for (const [page, revision] of Object.entries(revisions))
      if (known[page] !== revision) pages[page] = (await ctx.get<Record<string, Entry>>(page)) ?? {}
    return { revisions, pages }
  },
}

function pageOf(integrationId: string): string {
  const [first = 0] = createHash('sha256').update(integrationId).digest()
  return `page/${first % pagesInAll}`
}
