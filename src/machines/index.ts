import { sentry } from '../policy/health/sentry.ts'
import { createIntegration } from './integration.ts'

export { createIntegration, type IntegrationEvents, type IntegrationMachine } from './integration.ts'
export type { IntegrationInput } from './health-context.ts'
export { notifier, type NotifierInput } from './notifier.ts'
export { webhook, type EndedAttempt, type WebhookSignal } from './webhook.ts'
export type { Job, Started } from './lane.ts'
export { Lanes, type LaneBounds } from './lanes.ts'
export {
  chartStateOf,
  freshRecord,
  healthStateOf,
  recordOf,
  viewOf,
  wake,
  type IntegrationActor,
  type View,
} from './record.ts'

/** The health chart with the documents' rule, for viewers and graph tools; each engine makes its own. */
export const integration = createIntegration(sentry())
