import type { Context, ObjectContext, ObjectSharedContext, Serde } from '@restatedev/restate-sdk'
import type { AnyEvent } from '../../domain/told.ts'
import type { MailOutcome } from '../../ports.ts'
import { batchesOf } from './batches.ts'
import { callsOf } from './calls.ts'
import type { Message, Turns } from './turns.ts'
import { keyMs, names, protocol } from './wire.ts'
import type { Keyed, LetterRef, MovedKey, News, Reply } from './wire.ts'

/** Hosts that were away for longer than so many events do not hear the first of them. */
const newsMax = 256

/** The notifier: asks what a letter says, sends it, and tells how it ended. */
export function notifierHandlers(turns: Turns, serde: Serde<unknown>) {
  return {
    send: async (ctx: Context, letter: LetterRef): Promise<null> => {
      const { integrationId, letterId } = letter
      const { call, send } = callsOf(ctx, serde)
      const message = (await call(names.integration, integrationId, 'letter', letter)) as Message | null
      const outcome = message === null ? over : await ctx.run('mail', () => turns.send(message))
      send(names.integration, integrationId, 'mailed', { letterId, outcome })
      return null
    },
  }
}

/** Not true any more, or in other hands: whoever keeps the letter knows which. */
const over: MailOutcome = { kind: 'failed', error: 'it was not to be sent any more', permanent: false }

/** An idempotency key: whoever brings it first has its event sent, and all others are told what that was. */
export function emittedHandlers(serde: Serde<unknown>) {
  return {
    accept: async (ctx: ObjectContext, keyed: Keyed): Promise<Reply> => {
      const { parcels, ...given } = keyed
      const first = await ctx.get<First>('first')
      if (first !== null) return again(first, given)
      const { send } = callsOf(ctx, serde)
      ctx.set('first', { ...given, deliveries: parcels.length })
      for (const { integrationId, batch } of batchesOf(parcels))
        send(names.integration, integrationId, 'deliver', batch)
      send(names.emitted, ctx.key, 'forget', null, keyMs)
      return { ok: true, value: { eventId: given.eventId, deliveries: parcels.length, duplicate: false } }
    },
    /** One that was given to an engine elsewhere before; known here already, it stays as it is. */
    adopt: async (ctx: ObjectContext, { first, leftMs }: MovedKey): Promise<null> => {
      if ((await ctx.get<First>('first')) !== null) return null
      ctx.set('first', first)
      callsOf(ctx, serde).send(names.emitted, ctx.key, 'forget', null, leftMs)
      return null
    },
    forget: (ctx: ObjectContext): Promise<null> => {
      ctx.clearAll()
      return Promise.resolve(null)
    },
  }
}

type First = MovedKey['first']

/** The same call once more is no duplicate: its answer was lost. */
function again({ eventId, digest, deliveries }: First, given: Omit<Keyed, 'parcels'>): Reply {
  if (digest !== given.digest)
    return { ok: false, code: 'IDEMPOTENCY_CONFLICT', fact: `the key was given before, for event ${eventId}` }
  return { ok: true, value: { eventId, deliveries, duplicate: eventId !== given.eventId } }
}

interface Ring {
  readonly seq: number
  readonly events: readonly AnyEvent[]
}

/** What hosts hear of: the latest events, each with a number. */
export const feedHandlers = {
  hello: (): Promise<{ readonly protocol: number }> => Promise.resolve({ protocol }),
  add: async (ctx: ObjectContext, news: readonly AnyEvent[]): Promise<null> => {
    const { seq, events } = (await ctx.get<Ring>('ring')) ?? { seq: 0, events: [] }
    ctx.set('ring', { seq: seq + news.length, events: [...events, ...news].slice(-newsMax) })
    return null
  },
  /** With `null` only the number is asked for. */
  since: async (ctx: ObjectSharedContext, from: number | null): Promise<News> => {
    const { seq, events } = (await ctx.get<Ring>('ring')) ?? { seq: 0, events: [] }
    const missed = from === null ? 0 : Math.max(0, Math.min(events.length, seq - from))
    return { seq, events: missed === 0 ? [] : events.slice(-missed) }
  },
}
