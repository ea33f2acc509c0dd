import { bodySizeBytes } from '../store-document.ts'
import { batchBytesMax, batchMax, type Parcel } from './wire.ts'

/** Deliveries of one integration that go in one call. */
export interface Batch {
  readonly integrationId: string
  readonly batch: readonly Parcel[]
}

/** By integration, each in its order, and no more in one call than there is room for. */
export function batchesOf(parcels: readonly Parcel[]): readonly Batch[] {
  const byIntegration = new Map<string, Parcel[][]>()
  for (const parcel of parcels) {
    const { integrationId } = parcel.delivery
    const batches = byIntegration.get(integrationId) ?? []
    byIntegration.set(integrationId, batches)
    const last = batches.at(-1)
    if (last === undefined || isFull(last, parcel)) batches.push([parcel])
    else last.push(parcel)
  }
  return [...byIntegration].flatMap(([integrationId, batches]) => batches.map((batch) => ({ integrationId, batch })))
}

function isFull(batch: readonly Parcel[], next: Parcel): boolean {
  const bytes = [...batch, next].reduce((sum, { body }) => sum + bodySizeBytes(body), 0)
  return batch.length >= batchMax || bytes > batchBytesMax
}
