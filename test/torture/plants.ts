import { nodeFiles, type Files } from '../../src/adapters/lowdb/files.ts'
import { lowdbStore } from '../../src/adapters/lowdb/store.ts'
import type { Change, Store } from '../../src/index.ts'
import type { Plant } from './fleet.ts'
import { fusedFiles, fusedStore, type Fuse } from './moments.ts'

/** Small, so that kills fall into checkpoints, new segments and bodies on the move. */
const small = { segmentBytesMax: 2 ** 17, checkpointMs: 150 }

/** The store under test, perhaps with a fault in it, and with a fuse. */
export function storeOf(dir: string, plant: Plant | null, fuse: Fuse): Store {
  const files = fusedFiles(fuse, plant === 'ack-before-flush' ? eager : nodeFiles)
  return fusedStore(fuse, planted(lowdbStore({ dir, ...small, files }), plant))
}

function planted(store: Store, plant: Plant | null): Store {
  if (plant === 'commit-without-record') return { ...face(store), commit: (change) => store.commit(recordless(change)) }
  if (plant === 'mail-before-commit') return { ...face(store), commit: (change) => early(store, change) }
  if (plant === 'resend-new-id') return renamed(store)
  return { ...face(store), commitAll: async (changes) => store.commitAll?.(changes) }
}

/** Says that journal lines are written when they are not: they follow 30 ms later. */
const eager: Files = {
  ...nodeFiles,
  create: async (path) => {
    const file = await nodeFiles.create(path)
    if (!path.endsWith('.jsonl')) return file
    let last: Promise<unknown> = Promise.resolve()
    const write = (given: Uint8Array) => {
      const bytes = Uint8Array.from(given)
      const late = new Promise((resolve) => setTimeout(resolve, 30))
      last = Promise.all([last, late]).then(() => file.write(bytes))
      return Promise.resolve()
    }
    return { write, flush: () => Promise.resolve(), close: () => last.then(() => file.close()) }
  },
}

function recordless({ record: _dropped, ...rest }: Change): Change {
  return rest
}

/** Answers at once for a change that owners hear of, and writes it later. */
function early(store: Store, change: Change): Promise<void> {
  if ((change.notices?.length ?? 0) + (change.letters?.length ?? 0) === 0) return store.commit(change)
  setTimeout(() => void store.commit(change).catch(() => undefined), 200)
  return Promise.resolve()
}

/** Gives what waits another id at each start. */
function renamed(store: Store): Store {
  const originals = new Map<string, string>()
  const original = (id: string) => originals.get(id) ?? id
  return {
    ...face(store),
    open: async () => {
      const recovered = await store.open()
      const pending = recovered.pending.map((one, n) => {
        const id = `${one.delivery.id.slice(0, -6)}${String(n).padStart(6, '0')}`
        originals.set(id, one.delivery.id)
        const eventId = `evt_${id.slice(4)}`
        return { ...one, delivery: { ...one.delivery, id, eventId } }
      })
      return { ...recovered, pending }
    },
    body: (id) => store.body(original(id)),
    commit: (change) =>
      store.commit({ ...change, settled: (change.settled ?? []).map((one) => ({ ...one, id: original(one.id) })) }),
  }
}

/** Without `commitAll`, so that whoever has a fault in `commit` has it everywhere. */
function face(store: Store): Store {
  return {
    open: () => store.open(),
    configure: (entry) => store.configure(entry),
    append: (batch) => store.append(batch),
    commit: (change) => store.commit(change),
    pulse: (pulse) => store.pulse(pulse),
    body: (id) => store.body(id),
    log: (query) => store.log(query),
    hours: (id) => store.hours(id),
    transitions: (id) => store.transitions(id),
    audit: (id) => store.audit(id),
    notices: (id) => store.notices(id),
    letters: (id) => store.letters(id),
    close: () => store.close(),
  }
}
