import type { ObjectContext, ObjectSharedContext, Serde } from '@restatedev/restate-sdk'
import { adopt } from './adoption.ts'
import { callsOf } from './calls.ts'
import { entryOf } from './entry.ts'
import { HookwardError } from '../../domain/errors.ts'
import type { AnyEvent } from '../../domain/told.ts'
import { readArchives, readKept, sliceOf, writesOf, type Kept, type Wake, type Write } from './kept.ts'
import type { Slice, Turned } from './slice.ts'
import { withArchives, type Message, type Turns } from './turns.ts'
import { names, only, type Entry, type LetterRef, type Mailed, type Order, type Parcel, type Reply } from './wire.ts'

/** What is done when a turn is over: written down in the journal, and from there carried out once. */
interface Orders<T> {
  readonly answer: T
  readonly writes: readonly Write[]
  readonly wake?: Wake & { readonly delayMs: number }
  readonly letters: readonly (LetterRef & { readonly delayMs: number })[]
  readonly news: readonly AnyEvent[]
  readonly entry?: Entry
}

/** The handlers of one integration. All but the last two have its key to themselves, one after another. */
export function integrationHandlers(turns: Turns, serde: Serde<unknown>) {
  const inTurn = <T>(ctx: ObjectContext, name: string, work: (slice: Slice) => Promise<Turned<T>>) =>
    taken({ ctx, turns, serde }, name, work)
  return {
    deliver: (ctx: ObjectContext, parcels: readonly Parcel[]): Promise<null> =>
      inTurn(ctx, `deliver ${parcels.length}`, (slice) => turns.deliver(slice, parcels)),
    call: (ctx: ObjectContext, order: Order): Promise<Reply> =>
      inTurn(ctx, order.name, (slice) => turns.call(slice, order)).catch(newer),
    mailed: (ctx: ObjectContext, mailed: Mailed): Promise<null> =>
      inTurn(ctx, 'mailed', (slice) => turns.mailed(slice, mailed)),
    adopt: adopt(serde),
    wake: async (ctx: ObjectContext, token: string): Promise<null> => {
      const kept = await readKept((key) => ctx.get(key))
      if (kept.life.wake?.token !== token) return null
      // The turn that was asked for is this one: the next is asked for anew.
      return carryOut(ctx, serde, await ordered({ ctx, turns, kept }, 'wake', (slice) => turns.wake(slice)))
    },
    ask: (ctx: ObjectSharedContext, order: Order): Promise<Reply> => answered(ctx, turns, order).catch(newer),
    letter: async (ctx: ObjectSharedContext, { letterId, tries }: LetterRef): Promise<Message | null> => {
      const kept = await readKept((key) => ctx.get(key))
      if (kept.life.handed[letterId] !== tries) return null
      return turns.letter(sliceOf(kept), letterId)
    },
  }
}

async function answered(ctx: ObjectSharedContext, turns: Turns, order: Order): Promise<Reply> {
  const kept = await readKept((key) => ctx.get(key))
  const older = order.name === 'log' ? await readArchives(kept, (key) => ctx.get(key)) : []
  return turns.ask(withArchives(sliceOf(kept), older), order)
}

/**
 * What a newer worker keeps, this one cannot read. Whoever waits for an answer is told so; deliveries wait, tried again
 * and then paused, until a worker comes that can.
 */
function newer(error: unknown): Reply {
  if (!(error instanceof HookwardError) || error.code !== 'RESTATE_VERSION') throw error
  return { ok: false, code: error.code, fact: error.fact }
}

async function taken<T>(
  { ctx, turns, serde }: Pick<Beginning, 'ctx' | 'turns'> & { readonly serde: Serde<unknown> },
  name: string,
  work: (slice: Slice) => Promise<Turned<T>>,
): Promise<T> {
  const kept = await readKept((key) => ctx.get(key))
  const { wake: asked } = kept.life
  return carryOut(ctx, serde, await ordered({ ctx, turns, kept, ...(asked && { asked }) }, name, work))
}

interface Beginning {
  readonly ctx: ObjectContext
  readonly turns: Turns
  readonly kept: Kept
  /** A turn that was asked for and is still to come. */
  readonly asked?: Wake
}

/** The turn itself: begun again when its worker is lost, and never once its result is in the journal. */
function ordered<T>(
  { ctx, turns, kept, asked }: Beginning,
  name: string,
  work: (slice: Slice) => Promise<Turned<T>>,
): Promise<Orders<T>> {
  return ctx.run(name, async () => {
    const turned = await work(sliceOf(kept))
    const wake = nextWake(asked, turned, turns.token())
    const entry = newsOf(ctx.key, kept, turned)
    return {
      answer: turned.answer,
      writes: writesOf(kept, turned, wake),
      ...(wake === undefined || wake === asked ? {} : { wake: { ...wake, delayMs: Math.max(0, wake.at - turned.at) } }),
      letters: lettersOf(ctx.key, kept, turned),
      news: turned.told.filter(({ type }) => heard.has(type)),
      ...(entry === undefined ? {} : { entry }),
    }
  })
}

/** Those that nobody was asked to send with as many tries. */
function lettersOf(
  integrationId: string,
  { life }: Kept,
  { letters, at }: Turned<unknown>,
): Orders<unknown>['letters'] {
  const news = letters.filter(({ id, tries }) => life.handed[id] !== tries)
  return news.map(({ id: letterId, tries, dueAt }) => {
    return { integrationId, letterId, tries, delayMs: Math.max(0, dueAt - at) }
  })
}

/** One that was asked for before and comes sooner will find out for itself. */
function nextWake(asked: Wake | undefined, { wakeAt }: Turned<unknown>, token: string): Wake | undefined {
  if (asked !== undefined && asked.at <= wakeAt) return asked
  return wakeAt === Infinity ? undefined : { at: wakeAt, token }
}

/** What hosts know of it, where that has changed. */
function newsOf(integrationId: string, { life }: Kept, { document }: Turned<unknown>): Entry | undefined {
  const [before, after] = [life.document, document].map((one) => JSON.stringify([one.integrations, one.installations]))
  return before === after ? undefined : entryOf(integrationId, document)
}

/** Everything here is in the journal: begun again, it is the same. */
async function carryOut<T>(ctx: ObjectContext, serde: Serde<unknown>, orders: Orders<T>): Promise<T> {
  const { answer, writes, wake, letters, news, entry } = orders
  const { send, call } = callsOf(ctx, serde)
  for (const [key, value] of writes)
    if (value === null) ctx.clear(key)
    else ctx.set(key, value)
  if (wake !== undefined) send(names.integration, ctx.key, 'wake', wake.token, wake.delayMs)
  for (const { delayMs, ...letter } of letters) send(names.notifier, undefined, 'send', letter, delayMs)
  if (news.length > 0) send(names.feed, only, 'add', news)
  if (entry !== undefined) await call(names.catalogue, only, 'update', entry)
  return answer
}

/** What is told to hosts: what concerns the health of an integration, and what is lost. */
const heard: ReadonlySet<AnyEvent['type']> = new Set([
  'degraded',
  'broken',
  'disabled',
  'recovered',
  'quarantined',
  'delivery.dead',
  'delivery.expired',
  'notice.sent',
  'notice.failed',
] as const)
