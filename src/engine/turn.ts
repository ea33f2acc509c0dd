import { SliceStore } from '../adapters/restate/slice-store.ts'
import type { Carried, LetterDue, Slice, Turned } from '../adapters/restate/slice.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { AnyEvent } from '../domain/told.ts'
import type { StoreDocument } from '../adapters/store-document.ts'
import type { MailOutcome } from '../ports.ts'
import { Engine } from './engine.ts'
import { isOpen } from './letter-rows.ts'
import type { Parts } from './options.ts'

/** What turns are made with: everything of an engine but its store, shared by all turns of a process. */
export type TurnParts = Omit<Parts, 'store'> & {
  /** How many bytes the ledger of one integration may take. */
  readonly ledgerBytesMax: number
  /** After so long a turn starts no attempt any more, and what is left is for the next one. */
  readonly turnMs: number
  /** Hears every event at once; after a crash some are told again. */
  readonly told?: (event: AnyEvent) => void
}

/**
 * One turn of one integration: the engine as it is in process, over what is kept of this one. It takes up what is due,
 * does the work, and ends when nothing is under way; letters are not sent, only written.
 */
export async function turn<T>(
  parts: TurnParts,
  slice: Slice,
  work: (engine: Engine) => Promise<T>,
  mailed: ReadonlyMap<string, MailOutcome> = new Map(),
): Promise<Turned<T>> {
  const beganAt = parts.clock.now()
  const store = storeOf(parts, slice)
  const engine = new Engine({ ...parts, ...ofTheProcess(parts), store, elsewhere: mailed })
  const told: AnyEvent[] = []
  engine.observers.on('*', (event: AnyEvent) => told.push(event))
  if (parts.told !== undefined) engine.observers.on('*', parts.told)
  try {
    const recovered = await store.open()
    await engine.ladder.recall(recovered.records)
    for (const { id } of recovered.integrations) recall(engine, id, slice.carried)
    engine.recover(recovered)
    const answer = await work(engine)
    const isDone = await atRest(engine, parts.turnMs)
    return { answer, ...outcomeOf(engine, store, isDone), beganAt, told }
  } finally {
    engine.abandon()
  }
}

/** Answers a question from what is kept; nothing is set going and nothing is kept of it. */
export async function look<T>(
  parts: TurnParts,
  slice: Slice,
  question: (engine: Engine) => T | Promise<T>,
): Promise<T> {
  const store = storeOf(parts, slice)
  const engine = new Engine({ ...parts, store, elsewhere: new Map() })
  try {
    engine.load(await store.open())
    return await question(engine)
  } finally {
    engine.abandon()
  }
}

/** Whether all of it was done in time; what is in flight is waited for either way. */
async function atRest(engine: Engine, turnMs: number): Promise<boolean> {
  let giveUp: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => (giveUp = setTimeout(() => resolve(false), turnMs)))
  const isDone = await Promise.race([engine.idle().then(() => true), late]).finally(() => clearTimeout(giveUp))
  await engine.dispatcher.drain()
  await engine.activity.quiet()
  engine.check()
  return isDone
}

function outcomeOf(
  engine: Engine,
  store: SliceStore,
  isDone: boolean,
): Omit<Turned<never>, 'answer' | 'beganAt' | 'told'> {
  const { clock } = engine.parts
  const document = store.document()
  const [integration] = document.integrations
  const carried = integration && carriedOf(engine, integration.id)
  engine.timers.cancel('hibernate')
  return {
    document,
    logged: store.logged,
    ...(carried === undefined ? {} : { carried }),
    at: clock.now(),
    wakeAt: isDone ? engine.timers.nextAt : clock.now(),
    letters: lettersOf(document, integration?.id),
  }
}

function recall({ dispatcher, parts, ramps }: Engine, id: IntegrationId, carried: Carried = {}): void {
  const { probes, ramp, trouble } = carried
  if (ramp !== undefined) ramps.recall(id, ramp)
  if (probes !== undefined) dispatcher.choice.recall(id, probes)
  if (trouble !== undefined) dispatcher.rests.recall(id, trouble, parts.clock.now())
}

function carriedOf({ dispatcher, ownSide, ramps }: Engine, id: IntegrationId): Carried | undefined {
  const [probes, ramp, { lostMs }] = [dispatcher.choice.tries(id), ramps.slope(id), ownSide.time]
  const trouble = dispatcher.rests.trouble(id)
  const carried: Carried = {
    ...(probes === undefined ? {} : { probes }),
    ...(ramp === undefined ? {} : { ramp }),
    ...(trouble === undefined ? {} : { trouble }),
    ...(lostMs === 0 ? {} : { lostMs }),
  }
  return Object.keys(carried).length === 0 ? undefined : carried
}

function lettersOf({ notices, letters }: StoreDocument, id: IntegrationId | undefined): readonly LetterDue[] {
  if (id === undefined) return []
  const open = new Set(notices.filter(({ notice }) => isOpen(notice)).map(({ notice }) => notice.id))
  const waiting = letters.filter(({ noticeId, status }) => status === 'pending' && open.has(noticeId))
  return waiting.map(({ id, tries, dueAt }) => ({ id, tries, dueAt }))
}

/** Between two turns nobody was there: but for outages of our own, which are no health time, it counts. */
function storeOf({ clock, guard, ledgerBytesMax }: TurnParts, slice: Slice): SliceStore {
  const now = clock.now()
  const { at = now, carried } = slice
  const lostMs = (carried?.lostMs ?? 0) + (guard?.lostMs(at, now) ?? 0)
  return new SliceStore({ ...slice, carried: { ...carried, lostMs } }, { ledgerBytesMax, now })
}

/** What belongs to the process outlives the turn; that a turn began is no news. */
function ofTheProcess({ logger, transport }: TurnParts): Pick<Parts, 'logger' | 'transport'> {
  return {
    transport: { attempt: (request) => transport.attempt(request), close: nothing },
    logger: {
      info: () => undefined,
      warn: (fields, fact) => logger.warn(fields, fact),
      error: (fields, fact) => logger.error(fields, fact),
    },
  }
}

const nothing = () => Promise.resolve()
