import type { Outcome } from '../../domain/outcome.ts'
import type { AttemptRequest, Change, Clock, Mailer, Store, Transport } from '../../ports.ts'
import { arrives, brokenOff, planOf, type Plan } from './answers.ts'
import type { Judge } from './judge/judge.ts'
import type { Life } from './life.ts'
import type { PostOffice } from './mailbox.ts'
import type { Receivers } from './receivers.ts'
import type { VirtualTime } from './time.ts'

/** What the parts of one run work with. */
export interface Around {
  readonly life: Life
  readonly time: VirtualTime
  readonly judge: Judge
  readonly receivers: Receivers
  readonly post: PostOffice
  /** Whether nothing gets out of the world's own network. */
  readonly isCut: () => boolean
  /** A line for the trace. */
  readonly note: (fact: string) => void
  /** When the machine last woke from standing still, and when it fell asleep: what was to end in between ends late. */
  readonly stood: { readonly fromMs: number; readonly toMs: number }
  /** Something happened: more may follow at this moment. */
  readonly stir: () => void
}

export function clockOf({ life, time, stir }: Around): Clock {
  return {
    now: () => time.now,
    at: (atMs, fn) => {
      stir()
      return life.timer((run) => time.at(atMs, run), fn)
    },
    every: (ms, fn) => {
      let cancel = () => undefined as void
      const again = () => {
        cancel = life.timer((run) => time.after(ms, run), again)
        fn()
      }
      cancel = life.timer((run) => time.after(ms, run), again)
      return () => cancel()
    },
  }
}

/** A transport without sockets: receivers answer in virtual time. */
export function transportOf(around: Around): Transport {
  const flying = new Set<() => void>()
  return {
    attempt: (request) => {
      around.stir()
      return around.life.isOver ? new Promise<never>(() => undefined) : attempt(around, request, flying)
    },
    close: () => {
      for (const cut of flying) cut()
      return Promise.resolve()
    },
  }
}

function attempt(around: Around, request: AttemptRequest, flying: Set<() => void>): Promise<Outcome> {
  const { judge, life, note, stir, time } = around
  const attempted = judge.began(request)
  const id = attempted?.known.delivery.id ?? 'nobody'
  const { afterMs, outcome } = fateOf(around, request, id)
  note(`attempt ${id} to ${request.url}`)
  return new Promise((resolve) => {
    const end = (ended: Outcome) => {
      stir()
      flying.delete(cut)
      if (attempted !== undefined) judge.ended(attempted, ended)
      note(`outcome ${id} ${ended.code}`)
      resolve(ended)
    }
    const endMs = time.elapsedMs + afterMs
    // No receiver is too slow while this process stands still.
    const isLate = () => endMs > around.stood.fromMs && endMs < around.stood.toMs
    const arrive = () => end(isLate() ? brokenOff('EVENT_LOOP_LATE', 'head', afterMs).outcome : outcome)
    // One that takes no time at all still ends after it has begun.
    const wait = (run: () => void) => (afterMs === 0 ? onNextTurn(run) : time.after(afterMs, run))
    const cancel = life.timer(wait, arrive)
    const cut = () => {
      cancel()
      end(brokenOff('SHUTTING_DOWN', 'head', 0).outcome)
    }
    flying.add(cut)
  })
}

function onNextTurn(run: () => void): () => void {
  const turn = setImmediate(run)
  return () => clearImmediate(turn)
}

function fateOf({ isCut, receivers, time }: Around, request: AttemptRequest, deliveryId: string): Plan {
  const receiver = receivers.at(request.url)
  if (isCut()) return brokenOff('ENETUNREACH', 'connect', 0)
  if (receiver === undefined) return brokenOff('ENOTFOUND', 'dns', 0)
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const body = Buffer.from(request.body).toString('utf8')
  const { answer, request: asked } = receiver.ask({ at: time.now, url: request.url, headers, body, deliveryId })
  if (arrives(answer)) receiver.got(asked)
  return planOf(answer, { latencyMs: receiver.latencyMs, deadlineMs: request.deadlineMs })
}

/** A mailer into the world's one mailbox. */
export function mailerOf({ judge, life, note, post, stir, time }: Around): Mailer {
  return {
    send: (mail) => {
      stir()
      if (life.isOver) return new Promise<never>(() => undefined)
      judge.sending(mail)
      const arrived = post.takes
      const outcome = post.take(mail, judge.mail.noticeOf(mail.messageId), time.now)
      judge.sent(mail, outcome, arrived)
      note(`mail ${mail.messageId} to ${mail.to} ${outcome.kind}`)
      return Promise.resolve(outcome)
    },
    close: () => Promise.resolve(),
  }
}

/** The store of one run, seen by the judge; every answer of it is lost once the run has ended. */
export function watchedStore(store: Store, { judge, life, stir }: Around): Store {
  const seen: Partial<Store> = {
    open: async () => {
      const found = await store.open()
      judge.recovered(found)
      return found
    },
    append: async (batch) => {
      judge.asked(batch)
      try {
        const appended = await store.append(batch)
        if (!life.isOver) judge.answered(batch, !appended.duplicate)
        return appended
      } catch (error) {
        if (!life.isOver && isRefusal(error)) judge.answered(batch, false)
        throw error
      }
    },
    body: (id) => {
      judge.attempts.taking(id)
      return store.body(id)
    },
    commit: async (change) => {
      judge.changing(change)
      await store.commit(change)
      if (!life.isOver) judge.changed(change)
    },
    commitAll: async (changes) => {
      for (const change of changes) judge.changing(change)
      await commitAll(store, changes)
      if (!life.isOver) for (const change of changes) judge.changed(change)
    },
    configure: async (entry) => {
      judge.configuring(entry)
      await store.configure(entry)
      if (!life.isOver) judge.configured(entry)
    },
  }
  return new Proxy(store, {
    get: (target, name) => {
      const own: unknown = Reflect.get(seen, name) ?? Reflect.get(target, name)
      if (typeof own !== 'function') return own
      return (...args: readonly unknown[]) => {
        stir()
        if (life.isOver) return new Promise(() => undefined)
        return life.of((own as (...all: unknown[]) => Promise<unknown>).apply(target, [...args])).finally(stir)
      }
    },
  })
}

async function commitAll(store: Store, changes: readonly Change[]): Promise<void> {
  if (store.commitAll === undefined) await Promise.all(changes.map((change) => store.commit(change)))
  else await store.commitAll(changes)
}

/** A refusal leaves the batch out for certain; after a failure nobody knows. */
function isRefusal(error: unknown): boolean {
  const { code } = error as { readonly code?: string }
  return code === 'STORE_BACKLOG_FULL' || code === 'IDEMPOTENCY_CONFLICT'
}
