import type { ObjectContext, Serde } from '@restatedev/restate-sdk'
import { callsOf } from './calls.ts'
import { readKept, sliceOf, writesOf } from './kept.ts'
import { entryOf } from './entry.ts'
import { emptySlice, type Slice } from './slice.ts'
import type { Counted, Part } from './moving.ts'
import { names, only, type Reply } from './wire.ts'

/** Takes an integration over. One that is here already is left as it is, and said to be. */
export function adopt(serde: Serde<unknown>) {
  return async (ctx: ObjectContext, part: Part): Promise<Reply> => {
    const kept = await readKept((key) => ctx.get(key))
    const isAdopting = await ctx.get<boolean>('adopting')
    const slice = sliceOf(kept)
    if (isAdopting !== true && slice.document.integrations.length > 0)
      return { ok: true, value: { isNew: false, ...countsOf(slice) } }
    const next = withPart(isAdopting === true ? slice : emptySlice, part)
    const logged = part.kind === 'begin' ? part.slice.log : []
    const turned = { ...next, ...nothingTurned, logged, beganAt: 0, at: 0 }
    for (const [key, value] of writesOf(kept, turned, undefined)) ctx.set(key, value)
    if (part.kind !== 'end') ctx.set('adopting', true)
    else {
      ctx.clear('adopting')
      const { call, send } = callsOf(ctx, serde)
      await call(names.catalogue, only, 'update', entryOf(ctx.key, next.document))
      send(names.integration, ctx.key, 'call', { name: 'rest', args: [] })
    }
    return { ok: true, value: { isNew: true, ...countsOf(next) } }
  }
}

const nothingTurned = { answer: null, wakeAt: Infinity, letters: [], told: [] } as const

function withPart(slice: Slice, part: Part): Slice {
  if (part.kind === 'begin') return part.slice
  if (part.kind === 'end') return slice
  const { document } = slice
  const known = new Set(document.pending.map(({ pending }) => pending.delivery.id))
  const rows = part.rows.filter(({ pending }) => !known.has(pending.delivery.id))
  return { ...slice, document: { ...document, pending: [...document.pending, ...rows] } }
}

export function countsOf({ document: { pending, notices, letters } }: Slice): Counted {
  const all = pending.map((one) => one.pending)
  const held = all.filter((one) => one.held !== undefined).length
  const dead = all.filter((one) => one.dead !== undefined).length
  return { waiting: all.length - held - dead, held, dead, notices: notices.length, letters: letters.length }
}
