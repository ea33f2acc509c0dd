import { crc32 } from 'node:zlib'
import type { Delivery, DeliveryId } from '../../domain/delivery.ts'
import type { IntegrationId } from '../../domain/integration.ts'
import type { Accepted, CatalogueEntry, Change } from '../../ports.ts'
import { bodySizeBytes, type BodyPlace, type InlineBody } from '../store-document.ts'

/** An event that was accepted, with the bodies of its deliveries. */
export interface AcceptRecord extends Omit<Accepted, 'deliveries'> {
  readonly t: 'accept'
  readonly deliveries: readonly { readonly delivery: Delivery; readonly body: InlineBody }[]
}

/** A change of the catalogue; `of` names the integration, also where the entry does not. */
export interface ConfigureRecord {
  readonly t: 'configure'
  readonly of: IntegrationId
  readonly entry: CatalogueEntry
}

/** Everything one signal changed. */
export interface ChangeRecord {
  readonly t: 'change'
  readonly change: Change
}

/** Bodies that stood in a segment which is to go. */
export interface MovedRecord {
  readonly t: 'moved'
  readonly deliveries: readonly { readonly delivery: MovedId; readonly body: InlineBody }[]
}

/** Whose body a moved one is. */
export interface MovedId {
  readonly id: DeliveryId
  readonly integrationId: IntegrationId
}

/** What one line of the journal holds. Kinds are never used again for something else. */
export type JournalRecord = AcceptRecord | ConfigureRecord | ChangeRecord | MovedRecord

/** Where a body stands in the text of its record. */
type PlaceInText = Omit<BodyPlace, 'segment'>

/** The text of a record, and where the bodies are in it: each can be read back without the rest of the line. */
export function textWithBodies(record: AcceptRecord | MovedRecord): {
  readonly text: string
  readonly places: readonly PlaceInText[]
} {
  const { deliveries, ...rest } = record
  const restText = JSON.stringify(rest)
  let text = `${restText.slice(0, -1)},"deliveries":[`
  // Of the parts, not of what they are put together to: that would be copied for each answer.
  let offset = Buffer.byteLength(restText) - 1 + ',"deliveries":['.length
  const places: PlaceInText[] = []
  for (const { delivery, body } of deliveries) {
    const [deliveryText, bodyText] = [JSON.stringify(delivery), JSON.stringify(body)]
    const head = places.length === 0 ? '{"delivery":' : ',{"delivery":'
    const length = Buffer.byteLength(bodyText)
    offset += head.length + Buffer.byteLength(deliveryText) + ',"body":'.length
    places.push({ offset, length, crc: crc32(bodyText), bytes: bodySizeBytes(body) })
    offset += length + 1
    text += `${head}${deliveryText},"body":${bodyText}}`
  }
  return { text: `${text}]}`, places }
}

/** Where a body stands in the file, once its record has a place. */
export function placed(
  place: PlaceInText,
  { segment, textStart }: { readonly segment: number; readonly textStart: number },
): BodyPlace {
  return { segment, ...place, offset: textStart + place.offset }
}

/** Every integration a record says something about, some perhaps twice. */
export function integrationsIn(record: JournalRecord): readonly IntegrationId[] {
  if (record.t === 'configure') return [record.of]
  if (record.t !== 'change') return record.deliveries.map(({ delivery }) => delivery.integrationId)
  const { integrationId, log, notices, letters, audit, transitions } = record.change
  const ids = [integrationId]
  for (const part of [log, notices, letters, audit, transitions])
    for (const one of part ?? []) if (one.integrationId !== integrationId) ids.push(one.integrationId)
  return ids
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
