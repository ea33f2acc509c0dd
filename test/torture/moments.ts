import { nodeFiles, type Files } from '../../src/adapters/lowdb/files.ts'
import type { Change, ChartState, Store } from '../../src/index.ts'
import type { PolicyName } from './policies.ts'

/** What an engine is in the middle of when it is killed. `sending` is seen from outside: by the receiver. */
const ofAny = ['accepting', 'sending', 'committing', 'checkpointing', 'cleaning', 'disabling', 'mailing'] as const
export const moments = ['probing', 'recovering', 'noticing', ...ofAny] as const
export type Moment = (typeof moments)[number]

/** `sentry` never probes, and tells owners of nothing but a disablement. */
export function momentsOf(policy: PolicyName): readonly Moment[] {
  return policy === 'sentry' ? ofAny : moments
}

/** Among so many of each kind one is chosen: what a second of full load has. */
export const among: Readonly<Record<Moment, number>> = {
  probing: 12,
  recovering: 4,
  noticing: 4,
  accepting: 300,
  sending: 600,
  committing: 40,
  checkpointing: 12,
  cleaning: 1,
  disabling: 4,
  mailing: 10,
}

/** Dies at the n-th passing of a moment: just before the step is taken, or just after it was begun. */
export class Fuse {
  readonly #moment: Moment | undefined
  readonly #isBegun: boolean
  readonly #die: (moment: Moment) => void
  #left: number

  constructor(fuse: { readonly moment: Moment; readonly nth: number } | undefined, die: (moment: Moment) => void) {
    this.#moment = fuse?.moment
    this.#left = fuse?.nth ?? 0
    this.#isBegun = this.#left % 2 === 0
    this.#die = die
  }

  pass<T>(moment: Moment, step: () => Promise<T>): Promise<T> {
    if (moment !== this.#moment || --this.#left !== 0) return step()
    const begun = this.#isBegun ? step() : undefined
    this.#die(moment)
    return begun ?? step()
  }
}

/** A file system in which the fuse sees what belongs to the journal and to checkpoints. */
export function fusedFiles(fuse: Fuse, files: Files = nodeFiles): Files {
  const isSegment = (path: string) => path.includes('/journal/')
  return {
    ...files,
    create: async (path) => {
      const file = await files.create(path)
      if (!path.endsWith('.jsonl')) return file
      return { ...file, flush: () => fuse.pass('committing', () => file.flush()) }
    },
    rename: (from, to) =>
      to.includes('/integrations/') ? fuse.pass('checkpointing', () => files.rename(from, to)) : files.rename(from, to),
    remove: (path) => (isSegment(path) ? fuse.pass('cleaning', () => files.remove(path)) : files.remove(path)),
  }
}

/** A store in which the fuse sees what belongs to events, verdicts and letters. */
export function fusedStore(fuse: Fuse, store: Store): Store {
  return {
    ...store,
    append: (batch) => fuse.pass('accepting', () => store.append(batch)),
    commit: (change) => {
      const moment = momentOf(change)
      return moment === undefined ? store.commit(change) : fuse.pass(moment, () => store.commit(change))
    },
    ...(store.commitAll && { commitAll: (changes) => fusedCommits(fuse, store, changes) }),
  }
}

/** One write has the moments of all that is in it. */
function fusedCommits(fuse: Fuse, store: Store, changes: readonly Change[]): Promise<void> {
  const commit = async () => store.commitAll?.(changes)
  const moments = changes.flatMap((change) => momentOf(change) ?? [])
  return moments.reduce((inner, moment) => () => fuse.pass(moment, inner), commit)()
}

/** A letter that is said to be sent has been taken by the mail server already. */
function momentOf({ audit = [], letters = [], notices = [], transitions = [], record }: Change): Moment | undefined {
  const isEntered = (state: ChartState) => transitions.some(({ to }) => to === state)
  if (audit.some(({ action }) => action === 'integration.disabled')) return 'disabling'
  if (letters.some(({ status }) => status === 'sent')) return 'mailing'
  if (isEntered('broken.probing')) return 'probing'
  if (isEntered('healthy.probation')) return 'recovering'
  return record === undefined && notices.some(({ status }) => status === 'pending') ? 'noticing' : undefined
}
