import { join } from 'node:path'
import type { DeliveryId, HourOfAttempts, LogEntry } from '../../domain/delivery.ts'
import type { RememberedKey } from '../../domain/event.ts'
import { HookwardError } from '../../domain/errors.ts'
import type { AuditEntry, Pulse, Transition } from '../../domain/health.ts'
import type { IntegrationId } from '../../domain/integration.ts'
import type { Letter, Notice } from '../../domain/notice.ts'
import { refusing } from '../../domain/refusing.ts'
import type { Accepted, Appended, CatalogueEntry, Change, LogQuery, Recovered, Store } from '../../ports.ts'
import { bodyBytes, isPlace, type StoredBody } from '../store-document.ts'
import { backlogBytesUsual } from '../store-limits.ts'
import type { StoreModel } from '../store-model.ts'
import { applyChanges } from './apply-changes.ts'
import { bodiesBehind, placesOf, readBody } from './bodies.ts'
import type { StoreParts } from './checkpoint.ts'
import { Checkpoints } from './checkpoints.ts'
import { nodeFiles, type Claim } from './files.ts'
import { inspect } from './inspect.ts'
import { claimFolder } from './lock.ts'
import { acceptText, changesText, integrationsOf } from './records.ts'
import { recover, type RecoveredParts } from './recovery.ts'
import { PulseFile } from './pulse-file.ts'
import type { LowdbStoreOptions } from './store-options.ts'
import { takeOver } from './take-over.ts'

interface Session {
  readonly parts: StoreParts
  readonly checkpoints: Checkpoints
  readonly pulse: PulseFile
  readonly lock: Claim
}

/** Documents and a journal. Each change is applied to the model and numbered at once, in the order of the calls. */
export class JournalStore implements Store {
  readonly backlogBytesMax: number
  readonly #options: LowdbStoreOptions
  #session: Session | undefined
  #closing: Promise<void> = Promise.resolve()

  constructor(options: LowdbStoreOptions) {
    this.#options = options
    this.backlogBytesMax = options.backlogBytesMax ?? backlogBytesUsual
  }

  async open(): Promise<Recovered> {
    await this.#closing
    const { dir, lockWaitMs = 30_000, files } = this.#options
    const lock = await (files?.claim ?? claimFolder)(dir, lockWaitMs)
    try {
      return await this.#start(lock)
    } catch (error) {
      await lock.release()
      throw storeError(error, dir)
    }
  }

  async configure(entry: CatalogueEntry): Promise<void> {
    const { parts, checkpoints } = this.#writable()
    const of = subjectOf(entry, parts.model)
    parts.model.configure(entry)
    const { seq, durable } = parts.journal.append([JSON.stringify({ t: 'configure', of, entry })])
    parts.shards.touch([of], seq)
    checkpoints.changed()
    if (entry.kind === 'integration') parts.shards.came(of, seq)
    if (entry.kind === 'removed') parts.shards.went(of)
    await durable
  }

  append(batch: Accepted): Promise<Appended> {
    return refusing(() => {
      const { parts, checkpoints } = this.#writable()
      const { journal, keys, model, shards } = parts
      const first = model.firstAnswer(batch)
      // The first call may still be on its way to the disk.
      if (first !== undefined) return journal.settled().then(() => first)
      const bodies = bodiesBehind(batch.deliveries)
      const written = journal.append([acceptText(batch, bodies.facts)], bodies.written)
      const { durable, seq } = written
      placesOf(bodies, written).forEach((place, n) => {
        const { delivery } = batch.deliveries[n] as Accepted['deliveries'][number]
        model.backlog.add(delivery, place, seq)
        shards.touch([delivery.integrationId], seq)
      })
      const key = model.keys.remember(batch)
      if (key !== undefined) keys.add(key)
      checkpoints.changed()
      const answer = { eventId: batch.eventId, deliveries: batch.deliveries.length, duplicate: false }
      return durable.then(() => answer)
    })
  }

  commit(change: Change): Promise<void> {
    return this.commitAll([change])
  }

  commitAll(changes: readonly Change[]): Promise<void> {
    return refusing(() => {
      const { parts, checkpoints } = this.#writable()
      const isPruned = applyChanges(parts, changes)
      const { text, log } = changesText(changes)
      const { seq, durable } = parts.journal.append(text)
      for (const change of changes) parts.shards.touch(integrationsOf(change), seq)
      if (isPruned) parts.shards.touchAll(seq)
      checkpoints.changed()
      return durable.then(() => parts.requests.add(seq, log, changes.at(-1)?.at ?? 0))
    })
  }

  async pulse(pulse: Pulse): Promise<void> {
    await this.#writable().pulse.write(pulse)
  }

  async body(id: DeliveryId): Promise<Uint8Array> {
    const { parts } = this.#opened()
    const { body } = parts.model.backlog.known(id)
    if (!isPlace(body)) return bodyBytes(body)
    return this.#read(body).catch(async () => {
      // It may be on its way to the disk, or have been moved meanwhile.
      await parts.journal.settled()
      return this.#read(parts.model.backlog.known(id).body)
    })
  }

  async log(query: LogQuery): Promise<readonly LogEntry[]> {
    return this.#opened().parts.requests.query(query)
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
    const { dir, files = nodeFiles, backlogBytesMax, checkpointMs = 60_000, keysMax } = this.#options
    const limits = { ...(backlogBytesMax && { backlogBytesMax }), ...(keysMax && { keysMax }) }
    const options = {
      dir,
      files,
      limits,
      segmentBytesMax: this.#options.segmentBytesMax ?? 64 * 2 ** 20,
      isFlushed: this.#options.durability !== 'process',
      onDamage: this.#options.onDamage ?? 'refuse',
      mayWrite: () => checkHeld(lock, dir),
    } as const
    const taken = await takeOver(options)
    const found = await inspect(dir, files)
    const made = await recover(found, options)
    const { parts } = made
    const checkpoints = new Checkpoints(parts, checkpointMs)
    const pulse = new PulseFile(dir, options.mayWrite, files)
    const lastPulse = await pulse.read()
    this.#session = { parts, checkpoints, pulse, lock }
    checkpoints.begin()
    const recovered = reported(
      parts.model,
      found.journal,
      { ...made, damage: [...taken, ...made.damage] },
      lock.removedFiles,
    )
    return { ...recovered, pulse: lastPulse }
  }

  async #read(body: StoredBody): Promise<Uint8Array> {
    const { dir, files } = this.#opened().parts
    return isPlace(body) ? readBody(files, join(dir, 'journal'), body) : bodyBytes(body)
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- async, so that a refusal is a rejection
  async #ask<T>(question: (model: StoreModel) => T): Promise<T> {
    return question(this.#opened().parts.model)
  }

  #writable(): Session {
    const session = this.#opened()
    if (session.parts.journal.failure !== undefined) throw session.parts.journal.failure
    return session
  }

  #opened(): Session {
    if (this.#session === undefined)
      throw new HookwardError('STORE_CLOSED', `the store in ${this.#options.dir} is not open`)
    return this.#session
  }
}

async function close({ parts, checkpoints, pulse, lock }: Session): Promise<void> {
  await pulse.idle()
  await checkpoints.close()
  await parts.requests.close()
  await parts.journal.close()
  await lock.release()
}

function reported(
  model: StoreModel,
  { lines, bytes }: { readonly lines: number; readonly bytes: number },
  { damage, removedFiles }: RecoveredParts,
  claims: readonly string[],
): Omit<Recovered, 'pulse'> {
  const recovered = model.recovered([...claims, ...removedFiles])
  return { ...recovered, report: { ...recovered.report, lines, bytes, damage } }
}

/** A process that stood still for long may have been taken for dead: it must not write into what is another's. */
async function checkHeld(lock: Claim, dir: string): Promise<void> {
  if (await lock.isHeld()) return
  throw new HookwardError('STORE_LOCKED', `${dir} was removed, or another process has taken its lock`)
}

/** The integration an entry is about. */
function subjectOf(entry: CatalogueEntry, model: StoreModel): IntegrationId {
  if (entry.kind === 'integration') return entry.integration.id
  if (entry.kind === 'installation') return entry.installation.integrationId
  if (entry.kind === 'removed') return entry.integrationId
  return model.installation(entry.uuid)?.integrationId ?? ''
}

function storeError(error: unknown, dir: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (error instanceof HookwardError || code === undefined) return error
  return new HookwardError('STORE_FAILED', `${dir} cannot be opened (${code})`, { cause: error })
}
