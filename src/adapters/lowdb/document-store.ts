import { Low } from 'lowdb'
import { join, resolve } from 'node:path'
import type { DeliveryId, HourOfAttempts, LogEntry } from '../../domain/delivery.ts'
import type { RememberedKey } from '../../domain/event.ts'
import { HookwardError } from '../../domain/errors.ts'
import type { AuditEntry, Pulse, Transition } from '../../domain/health.ts'
import type { IntegrationId } from '../../domain/integration.ts'
import type { Letter, Notice } from '../../domain/notice.ts'
import type { Accepted, Appended, CatalogueEntry, Change, LogQuery, Recovered, Store } from '../../ports.ts'
import { emptyDocument, type StoreDocument } from '../store-document.ts'
import type { StoreLimits } from '../store-limits.ts'
import { StoreModel } from '../store-model.ts'
import { DurableJson } from './durable-json.ts'
import { nodeFiles, type Claim } from './files.ts'
import { removeLeftOvers } from './folder.ts'
import { GroupedWrites } from './grouped-writes.ts'
import { claimFolder } from './lock.ts'
import { PulseFile } from './pulse-file.ts'
import { RequestsFile } from './requests-file.ts'

/** Where a store keeps its document. */
export interface DocumentStoreOptions {
  readonly dir: string
  readonly backlogBytesMax?: number
  readonly lockWaitMs?: number
}

/** What exists between `open` and `close`. */
interface Session {
  readonly model: StoreModel
  readonly writes: GroupedWrites
  readonly requests: RequestsFile
  readonly pulse: PulseFile
  readonly lock: Claim
}

/**
 * A store in one document: `hookward.json` holds everything but the request log, which is in `requests.json`. Written
 * whole for each group of changes: made for documents up to about 1 MB.
 */
export class DocumentStore implements Store {
  readonly backlogBytesMax: number
  readonly #dir: string
  readonly #lockWaitMs: number
  readonly #limits: StoreLimits
  #session: Session | undefined
  #closing: Promise<void> = Promise.resolve()

  constructor({ dir, backlogBytesMax, lockWaitMs }: DocumentStoreOptions) {
    this.#dir = resolve(dir)
    this.#lockWaitMs = lockWaitMs ?? 30_000
    this.backlogBytesMax = backlogBytesMax ?? 2 ** 26
    this.#limits = { backlogBytesMax: this.backlogBytesMax }
  }

  async open(): Promise<Recovered> {
    await this.#closing
    const lock = await claimFolder(this.#dir, this.#lockWaitMs)
    try {
      return await this.#start(lock)
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  configure(entry: CatalogueEntry): Promise<void> {
    return this.#apply(({ model }) => model.configure(entry))
  }

  append(batch: Accepted): Promise<Appended> {
    return this.#apply(({ model }) => model.append(batch))
  }

  commit(change: Change): Promise<void> {
    return this.#apply(({ model, requests }) => {
      void model.commit(change)
      if (change.log !== undefined) requests.changed()
    })
  }

  async pulse(pulse: Pulse): Promise<void> {
    await this.#opened().pulse.write(pulse)
  }

  body(id: DeliveryId): Promise<Uint8Array> {
    return this.#ask((model) => model.body(id))
  }

  log(query: LogQuery): Promise<readonly LogEntry[]> {
    return this.#ask((model) => model.log(query))
  }

  transitions(id: IntegrationId): Promise<readonly Transition[]> {
    return this.#ask((model) => model.transitions(id))
  }

  audit(id: IntegrationId): Promise<readonly AuditEntry[]> {
    return this.#ask((model) => model.audit(id))
  }

  hours(id: IntegrationId): Promise<readonly HourOfAttempts[]> {
    return this.#ask((model) => model.hours(id))
  }

  notices(id: IntegrationId): Promise<readonly Notice[]> {
    return this.#ask((model) => model.notices(id))
  }

  letters(id: IntegrationId): Promise<readonly Letter[]> {
    return this.#ask((model) => model.letters(id))
  }

  keys(): Promise<readonly RememberedKey[]> {
    return this.#ask((model) => model.keys.toJSON())
  }

  close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    if (session !== undefined) this.#closing = close(session)
    return this.#closing
  }

  async #start(lock: Claim): Promise<Recovered> {
    const path = join(this.#dir, 'hookward.json')
    const requestsPath = join(this.#dir, 'requests.json')
    if ((await nodeFiles.read(join(this.#dir, 'store.json'))) !== null)
      throw new HookwardError('STORE_OTHER_KIND', `${this.#dir} holds a store with a journal`)
    const adapter = new DurableJson<StoreDocument>(path)
    const low = new Low<StoreDocument>(adapter, emptyDocument)
    await low.read()
    // A document that cannot be taken up must stop here, before anything in the folder has changed.
    takeUp(low.data, path)
    const removed = await removeLeftOvers(this.#dir, [path, requestsPath, join(this.#dir, 'pulse.json')])
    const { file: requests, setAside } = await RequestsFile.open(requestsPath)
    const model = new StoreModel(low.data, requests.log, this.#limits)
    const pulse = new PulseFile(this.#dir, () => checkHeld(lock))
    const found = await pulse.read()
    const writes = new GroupedWrites(path, () => write(low, adapter, model, lock))
    this.#session = { model, writes, requests, pulse, lock }
    return { ...model.recovered([...lock.removedFiles, ...removed, ...setAside]), pulse: found }
  }

  async #apply<T>(change: (session: Session) => T): Promise<T> {
    const session = this.#opened()
    return session.writes.apply(() => change(session))
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- async, so that a refusal is a rejection
  async #ask<T>(question: (model: StoreModel) => T): Promise<T> {
    return question(this.#opened().model)
  }

  #opened(): Session {
    if (this.#session === undefined) throw new HookwardError('STORE_CLOSED', `the store in ${this.#dir} is not open`)
    return this.#session
  }
}

/** A process that stood still for long may have been taken for dead: what another one writes now is not to be overwritten. */
async function write(
  low: Low<StoreDocument>,
  adapter: DurableJson<StoreDocument>,
  model: StoreModel,
  lock: Claim,
): Promise<void> {
  await checkHeld(lock)
  low.data = model.toDocument()
  adapter.seq += 1
  await low.write()
}

async function checkHeld(lock: Claim): Promise<void> {
  if (!(await lock.isHeld())) throw Object.assign(new Error('another process has the lock'), { code: 'LOCK_LOST' })
}

async function close({ writes, requests, pulse, lock }: Session): Promise<void> {
  await writes.idle()
  await pulse.idle()
  await requests.close()
  await lock.release()
}

/** A document without a checksum may hold anything. */
export function takeUp(document: StoreDocument, path: string): void {
  try {
    new StoreModel(document)
  } catch (cause) {
    throw new HookwardError('STORE_DAMAGED', `${path} does not hold what a store writes`, { cause })
  }
}
