import { isErrorEntry } from '../domain/delivery.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { RecentRequests } from '../domain/notice.ts'
import type { Store } from '../ports.ts'

const failedMax = 5
const codeCharsMax = 64

/** What owners may read of the request log: when, which topic and how it ended. */
export async function recentRequests(store: Pick<Store, 'log'>, integrationId: IntegrationId): Promise<RecentRequests> {
  const all = await store.log({ integrationId })
  const errors = all.filter(isErrorEntry).slice(0, failedMax)
  const failed = errors.map(({ at, topic, deliveryId, outcome: { status, code } }) => {
    return { at, topic, deliveryId, status, code: code.slice(0, codeCharsMax) }
  })
  return { failed, lastSuccessAt: all.find(({ outcome }) => outcome.kind === 'ok')?.at ?? null }
}
