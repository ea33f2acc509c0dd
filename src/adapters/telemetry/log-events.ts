import type { DeliveryEvent, EventName, HealthEvent, HookwardEvents } from '../../domain/told.ts'
import type { LogFields, Logger } from '../../ports.ts'
import { checkEngine, checkMethods, listen, type Audible } from './engine.ts'

/** How one event is logged. */
interface Line<Name extends EventName> {
  readonly level: keyof Logger
  readonly fact: string
  readonly fields: (event: HookwardEvents[Name]) => LogFields
}

/** Every event with its level, its words and its fields. Neither addresses nor bodies are among them. */
export const logLines: { readonly [Name in EventName]: Line<Name> } = {
  delivered: { level: 'info', fact: 'delivered', fields: attempted },
  'delivery.failed': { level: 'warn', fact: 'an attempt failed', fields: attempted },
  'delivery.dead': { level: 'warn', fact: 'a delivery is dead: no attempt follows', fields: attempted },
  'delivery.expired': {
    level: 'error',
    fact: 'a delivery expired in the ledger',
    fields: ({ integration, delivery: { id, topic }, code }) => ({ delivery: id, integration, topic, code }),
  },
  'ledger.filling': {
    level: 'warn',
    fact: 'a ledger has little room left',
    fields: ({ integration, bytes, bytesMax }) => ({ integration, bytes, bytesMax }),
  },
  degraded: { level: 'warn', fact: 'an integration is degraded', fields: judged },
  broken: { level: 'error', fact: 'an integration is broken: its deliveries are held', fields: judged },
  disabled: { level: 'error', fact: 'an integration is disabled', fields: judged },
  recovered: { level: 'info', fact: 'an integration is healthy again', fields: judged },
  quarantined: { level: 'error', fact: 'an integration is quarantined: our own part failed', fields: judged },
  'notice.sent': {
    level: 'info',
    fact: 'a letter was sent',
    fields: ({ integration, noticeId, channel, tries }) => ({ integration, notice: noticeId, channel, tries }),
  },
  'notice.delayed': {
    level: 'warn',
    fact: 'a letter could not be sent and is tried again',
    fields: ({ integration, noticeId, channel, tries, dueAt, error }) => {
      return { integration, notice: noticeId, channel, tries, dueAt, error }
    },
  },
  'notice.failed': {
    level: 'error',
    fact: 'a letter was given up, or nobody could be told',
    fields: ({ integration, noticeId, channel = 'none', error }) => ({ integration, notice: noticeId, channel, error }),
  },
  frozen: {
    level: 'error',
    fact: 'our own side is down: nothing is judged until it is up again',
    fields: ({ sign, hosts, alive }) => ({ sign, hosts, alive }),
  },
  thawed: {
    level: 'warn',
    fact: 'our own side is up again, or believed to be',
    fields: ({ sign, hosts, at, frozenAt }) => ({ sign, hosts, frozenMs: at - frozenAt }),
  },
  shadow: {
    level: 'info',
    fact: 'two policies see an integration otherwise than before',
    fields: ({ integration, live, shadow }) => ({ integration, live, shadow }),
  },
  holding: { level: 'info', fact: 'this process holds the folder from now on', fields: () => ({}) },
  'spool.refused': {
    level: 'error',
    fact: 'something in the spool could not be taken up and lies in the quarantine',
    fields: ({ file, fact }) => ({ file, why: fact }),
  },
  'store.failed': {
    level: 'error',
    fact: 'the engine has stopped by itself',
    fields: ({ error: { code, message } }) => ({ code, error: message }),
  },
}

/**
 * Writes a line for each event to any pino-shaped logger, until the answer is called. `delivery` in it is the id that
 * stands in the request log, the `webhook-id` header, spans and letters.
 * @throws HookwardError `OPTION_INVALID`.
 * @example
 * const leave = logEvents(hookward, pino())
 */
export function logEvents(engine: Audible, logger: Logger): () => void {
  checkEngine(engine, ['on'])
  checkMethods(logger, 'the logger', ['info', 'warn', 'error'])
  const names = Object.keys(logLines) as EventName[]
  return listen(engine, Object.fromEntries(names.map((name) => [name, writer(name, logger)])))
}

function writer<Name extends EventName>(name: Name, logger: Logger) {
  const { level, fact, fields }: Line<Name> = logLines[name]
  return (event: HookwardEvents[Name]) => logger[level]({ event: name, ...fields(event) }, fact)
}

function attempted({ integration, delivery: { id, topic }, attempt, outcome, durationMs }: DeliveryEvent): LogFields {
  const { kind, status, code } = outcome
  return { delivery: id, integration, topic, attempt, outcome: kind, status, code, durationMs }
}

/** With the delivery that it began with, where there was one. */
function judged({ integration, explanation: { evidence, incident } }: HealthEvent): LogFields {
  const { rule, summary } = evidence
  const { id, cause } = incident ?? {}
  return {
    integration,
    rule,
    summary,
    ...(id === undefined ? {} : { incident: id }),
    ...(cause?.deliveryId === undefined ? {} : { delivery: cause.deliveryId }),
  }
}
