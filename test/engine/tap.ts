import { memoryStore } from '../../src/index.ts'
import type { Accepted, Appended, CatalogueEntry, Change, Pulse, Store } from '../../src/index.ts'

/** One write as the engine gave it. */
export type Write =
  | { readonly kind: 'commit'; readonly change: Change }
  | { readonly kind: 'append'; readonly batch: Accepted }
  | { readonly kind: 'configure'; readonly entry: CatalogueEntry }

/** A memory store with a tap on it: its writes are seen, held back, failed, or cut off as a crash would. */
export interface Tap extends Store {
  /** What the engine gave, in order. */
  readonly asked: readonly Write[]
  /** What became durable, in order. */
  readonly durable: readonly Write[]
  /** The changes of the commits that became durable, but for the audit of registrations. */
  commits(): readonly Change[]
  /** The first write like this, and every one after it, waits for `release`; resolves when the first one does. */
  holdFrom(isIt: (write: Write) => boolean): Promise<void>
  release(): void
  /** The first write like this rejects, and every one after it. */
  failFrom(isIt: (write: Write) => boolean): void
  /** Resolves when the engine has given a write like this. */
  until(isIt: (write: Write) => boolean): Promise<void>
  /** What a power cut leaves: another store with everything durable. This one writes nothing any more. */
  crash(): Promise<Tap>
}

interface Watch {
  readonly isIt: (write: Write) => boolean
  readonly seen: () => void
}

export function tapped(inner: Store = memoryStore()): Tap {
  const asked: Write[] = []
  const durable: Write[] = []
  let watches: readonly Watch[] = []
  let held: Watch | undefined
  let holding: Promise<void> | undefined
  let release = () => undefined as void
  let isBad: (write: Write) => boolean = () => false
  let isDead = false
  let last: Promise<unknown> = Promise.resolve()
  let lastPulse: Pulse | undefined

  const mayPass = async (write: Write) => {
    if (holding === undefined && held?.isIt(write) === true) {
      holding = new Promise((resolve) => (release = resolve))
      held.seen()
    }
    await holding
    isDead ||= isBad(write)
    if (isDead) throw new Error('the disk is gone')
  }
  const write = <T>(given: Write, call: () => Promise<T>): Promise<T> => {
    asked.push(given)
    watches.filter(({ isIt }) => isIt(given)).forEach(({ seen }) => seen())
    const done = last.then(async () => {
      await mayPass(given)
      const result = await call()
      durable.push(given)
      return result
    })
    last = done.catch(() => undefined)
    return done
  }

  return {
    asked,
    durable,
    commits: () =>
      durable.flatMap((given) => (given.kind === 'commit' && !isOfCatalogue(given.change) ? [given.change] : [])),
    holdFrom: (isIt) => new Promise((seen) => (held = { isIt, seen })),
    release: () => {
      held = undefined
      holding = undefined
      release()
    },
    failFrom: (isIt) => (isBad = isIt),
    until: (isIt) => new Promise((seen) => (watches = [...watches, { isIt, seen }])),
    crash: async () => {
      isDead = true
      release()
      const copy = memoryStore()
      await copy.open()
      for (const given of durable) await replay(copy, given)
      if (lastPulse !== undefined) await copy.pulse(lastPulse)
      await copy.close()
      return tapped(copy)
    },
    open: () => inner.open(),
    configure: (entry) => write({ kind: 'configure', entry }, () => inner.configure(entry)),
    append: (batch) => write({ kind: 'append', batch }, (): Promise<Appended> => inner.append(batch)),
    commit: (change) => write({ kind: 'commit', change }, () => inner.commit(change)),
    pulse: (pulse) => {
      lastPulse = pulse
      return inner.pulse(pulse)
    },
    body: (id) => inner.body(id),
    log: (query) => inner.log(query),
    hours: (id) => inner.hours(id),
    transitions: (id) => inner.transitions(id),
    audit: (id) => inner.audit(id),
    notices: (id) => inner.notices(id),
    letters: (id) => inner.letters(id),
    close: () => inner.close(),
  }
}

function replay(store: Store, write: Write): Promise<unknown> {
  if (write.kind === 'commit') return store.commit(write.change)
  return write.kind === 'append' ? store.append(write.batch) : store.configure(write.entry)
}

/** Whether a write is a commit whose record rests in this state of the chart. */
export function recordIn(state: string): (write: Write) => boolean {
  return (write) => write.kind === 'commit' && stateOf(write.change) === state
}

/** The state of the chart that a change's record rests in. */
export function stateOf({ record }: Change): string | undefined {
  const value = record?.value as string | Record<string, string> | undefined
  return typeof value === 'object' ? Object.entries(value)[0]?.join('.') : value
}

/** Whether a write is a commit that touches letters. */
export function writesLetters(write: Write): boolean {
  return write.kind === 'commit' && (write.change.letters?.length ?? 0) > 0
}

function isOfCatalogue({ audit = [] }: Change): boolean {
  return audit.some(({ action }) => /^installation\.|^integration\.(registered|changed|removed)$/.test(action))
}
