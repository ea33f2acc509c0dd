import type { DeliveryEvent, HealthEvent } from '../../domain/told.ts'
import type { Labels, MetricName } from './catalogue.ts'
import { listen, type Audible } from './engine.ts'
import type { IntegrationLabels } from './integration-label.ts'

/** Where measurements go: one for each way of telling them. */
export interface Instruments {
  add(name: MetricName, labels: Labels): void
  observe(name: MetricName, value: number, labels: Labels): void
}

/** Turns events into counts and spans of time, until the answer is called. */
export function record(engine: Audible, into: Instruments, labels: IntegrationLabels): () => void {
  const attempt = ({ integration, outcome: { kind }, durationMs }: DeliveryEvent) => {
    into.add('hookward.attempts', { outcome: kind, ...labels.of(integration) })
    into.observe('hookward.attempt.duration', durationMs / 1_000, { outcome: kind })
  }
  const ended = ({ integration }: { readonly integration: string }, outcome: 'delivered' | 'dead' | 'expired') => {
    into.add('hookward.deliveries', { outcome, ...labels.of(integration) })
  }
  const became =
    (to: string) =>
    ({ integration }: HealthEvent) => {
      into.add('hookward.transitions', { to, ...labels.of(integration) })
    }
  const letter = (outcome: string) => () => into.add('hookward.letters', { outcome })
  return listen(engine, {
    delivered: (event) => {
      attempt(event)
      ended(event, 'delivered')
      into.observe('hookward.delivery.duration', Math.max(0, event.at - event.delivery.acceptedAt) / 1_000, {})
    },
    'delivery.failed': attempt,
    'delivery.dead': (event) => ended(event, 'dead'),
    'delivery.expired': (event) => ended(event, 'expired'),
    'ledger.filling': ({ integration }) => into.add('hookward.ledger.fillings', labels.of(integration)),
    degraded: became('degraded'),
    broken: became('broken'),
    disabled: became('disabled'),
    recovered: became('healthy'),
    quarantined: became('quarantined'),
    'notice.sent': letter('sent'),
    'notice.delayed': letter('delayed'),
    // Without an address there was nobody to write to.
    'notice.failed': ({ to }) => letter(to === undefined ? 'undeliverable' : 'failed')(),
  })
}
