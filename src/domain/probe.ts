import type { DeliveryId } from './delivery.ts'
import type { OutcomeFacts } from './outcome.ts'
import type { Topic } from './topic.ts'

/** How a probe asked for by hand ended, or why none was made. */
export type ProbeAnswer =
  | {
      /** `own-trouble`: it did not reach the receiver because of ourselves, which says nothing about the receiver. */
      readonly kind: 'succeeded' | 'failed' | 'own-trouble'
      readonly at: number
      readonly deliveryId: DeliveryId
      readonly topic: Topic
      readonly outcome: OutcomeFacts
      /** Whether it counted for health, as it does while the integration is broken. */
      readonly counted: boolean
    }
  | {
      /** There is no delivery to probe with. */
      readonly kind: 'not-made'
      readonly because: 'nothing-held'
    }
