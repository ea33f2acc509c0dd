import type { Delivery, DeliveryId, LogEntry } from '../../domain/delivery.ts'
import type { IntegrationId } from '../../domain/integration.ts'
import type { Accepted, CatalogueEntry, Change } from '../../ports.ts'
import type { Bodies, WithBody } from './bodies.ts'
import type { Line } from './lines.ts'

/** An event that was accepted. The bodies of its deliveries stand behind it in its line. */
export interface AcceptRecord extends Omit<Accepted, 'deliveries'> {
  readonly t: 'accept'
  readonly bodiesBytes: number
  readonly deliveries: readonly WithBody<Delivery>[]
}

/** A change of the catalogue; `of` names the integration, also where the entry does not. */
export interface ConfigureRecord {
  readonly t: 'configure'
  readonly of: IntegrationId
  readonly entry: CatalogueEntry
}

/** Changes that were one write. What the request log has of one stands beside it, as its files have it, too. */
export interface ChangesRecord {
  readonly t: 'changes'
  readonly changes: readonly { readonly change: Omit<Change, 'log'>; readonly log: NonNullable<Change['log']> }[]
}

/** Bodies that stood in a segment which is to go, and stand behind this now. */
export interface MovedRecord {
  readonly t: 'moved'
  readonly bodiesBytes: number
  readonly deliveries: readonly WithBody<MovedId>[]
}

/** Whose body a moved one is. */
export interface MovedId {
  readonly id: DeliveryId
  readonly integrationId: IntegrationId
}

/** As journals have it that were written when each change was a record by itself. */
export interface ChangeRecord {
  readonly t: 'change'
  readonly change: Change
}

/** What one line of the journal holds. Kinds are never used again for something else. */
export type JournalRecord = AcceptRecord | ConfigureRecord | ChangesRecord | ChangeRecord | MovedRecord

/** A record that was read back. */
export interface ReadRecord {
  readonly record: JournalRecord
  /** Where the first body behind it stands in its file. */
  readonly bodiesAt: number
}

/** The record of a good line, without a look at its bodies. */
export function readRecord(bytes: Buffer, { textStart, end }: Line): ReadRecord {
  const stop = Math.min(end - 1, bytes.length) - 1
  const bodiesBytes = Number(bodiesFirst.exec(bytes.toString('latin1', textStart, textStart + 48))?.[1] ?? 0)
  const bodiesAt = stop - bodiesBytes
  const text = bytes.toString('utf8', textStart, bodiesBytes === 0 ? stop : bodiesAt - 1)
  return { record: JSON.parse(text) as JournalRecord, bodiesAt }
}

/** They are named first, so that what stands behind the record need not be read to find its end. */
const bodiesFirst = /^\{"t":"(?:accept|moved)","bodiesBytes":(\d+)/

/** Every integration a record says something about, some perhaps twice. */
export function integrationsIn(record: JournalRecord): readonly IntegrationId[] {
  if (record.t === 'configure') return [record.of]
  if (record.t === 'changes' || record.t === 'change') return changesOf(record).flatMap(integrationsOf)
  return record.deliveries.map(({ delivery }) => delivery.integrationId)
}

/** The changes that a record tells of. */
export function changesOf(record: ChangesRecord | ChangeRecord): readonly Change[] {
  if (record.t === 'change') return [record.change]
  return record.changes.map(({ change, log }) => ({ ...change, log }))
}

/** Every integration a change says something about, some perhaps twice. */
export function integrationsOf(change: Change): readonly IntegrationId[] {
  const { integrationId, log, notices, letters, audit, transitions } = change
  const ids = [integrationId]
  for (const part of [log, notices, letters, audit, transitions])
    for (const one of part ?? []) if (one.integrationId !== integrationId) ids.push(one.integrationId)
  return ids
}

/*
 * Objects that are written once, for each delivery, have all their fields in one literal: one that is spread from others
 * takes several times the memory. JSON leaves out what is undefined.
 */

/** The text of the record of a batch; its bodies stand behind it. */
export function acceptText({ eventId, at, key, digest }: Accepted, facts: Bodies<Delivery>['facts']): string {
  const { bodiesBytes, deliveries } = facts
  return JSON.stringify({ t: 'accept', bodiesBytes, eventId, at, key, digest, deliveries })
}

/** An entry of the request log as JSON. */
export interface LoggedText {
  readonly integrationId: IntegrationId
  readonly text: string
}

export function loggedText(entry: LogEntry): LoggedText {
  return { integrationId: entry.integrationId, text: JSON.stringify(entry) }
}

/** The text of the record of changes, in its parts, and those of them that the request log keeps, too. */
export function changesText(changes: readonly Change[]): {
  readonly text: readonly string[]
  readonly log: readonly LoggedText[]
} {
  const text: string[] = []
  const log: LoggedText[] = []
  for (const change of changes) {
    text.push(
      text.length === 0 ? '{"t":"changes","changes":[{"change":' : ']},{"change":',
      changeText(change),
      ',"log":[',
    )
    for (const [n, entry] of (change.log ?? []).entries()) {
      const logged = loggedText(entry)
      log.push(logged)
      if (n > 0) text.push(',')
      text.push(logged.text)
    }
  }
  text.push(']}]}')
  return { text, log }
}

function changeText(change: Change): string {
  const { at, integrationId, record, folded, settled, notices, letters, audit, transitions } = change
  return JSON.stringify({ at, integrationId, record, folded, settled, notices, letters, audit, transitions })
}

/** The part of a change that is about integrations for which it is news. */
export function newsOf(change: Change, isNew: (id: IntegrationId) => boolean): Change {
  const { at, integrationId, record, folded, settled } = change
  const among = <T extends { readonly integrationId: IntegrationId }>(list: readonly T[] = []) =>
    list.filter((one) => isNew(one.integrationId))
  const lists = {
    log: among(change.log),
    notices: among(change.notices),
    letters: among(change.letters),
    audit: among(change.audit),
    transitions: among(change.transitions),
  }
  if (!isNew(integrationId)) return { at, integrationId, ...lists }
  const own = { ...(record && { record }), ...(folded && { folded }), ...(settled && { settled }) }
  return { at, integrationId, ...own, ...lists }
}
