import type { DeliveryId } from './delivery.ts'
import type { IntegrationId } from './integration.ts'
import type { Topic } from './topic.ts'

/** Which entries of the request log; newest first. */
export interface LogQuery {
  readonly integrationId: IntegrationId
  readonly topic?: Topic
  /** Of one delivery: then errors older than the newest 100 entries are among them. */
  readonly deliveryId?: DeliveryId
  readonly errorsOnly?: boolean
  readonly organization?: string
  /** Inclusive. */
  readonly from?: number
  /** Inclusive. */
  readonly to?: number
  /** At most 100. @default 100 */
  readonly limit?: number
}
