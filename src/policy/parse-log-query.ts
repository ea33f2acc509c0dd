import type { DeliveryId } from '../domain/delivery.ts'
import type { LogQuery } from '../domain/log-query.ts'
import { parseSubscription, type Topic } from '../domain/topic.ts'
import { checkFields, checkOrganization, checkText, refuse, type Field } from './check.ts'

/** Which entries of a request log. */
export interface LogOptions {
  /** One topic, under the name the receiver hears it by. @default all */
  readonly topic?: Topic
  /** One delivery, by its id: all that the log still has of it. @default all */
  readonly delivery?: DeliveryId
  /** Answers of 400 to 599, and attempts without an answer. @default false */
  readonly errorsOnly?: boolean
  /** The organisation an event happened in. @default all */
  readonly organization?: string
  /** The first moment, milliseconds since 1970 or a Date. @default no bound */
  readonly from?: number | Date
  /** The last moment. @default no bound */
  readonly to?: number | Date
  /** 1 to 100. @default 100 */
  readonly limit?: number
}

/** The checked form of {@link LogOptions}. */
export type LogSelection = Omit<LogQuery, 'integrationId'>

const known = ['topic', 'delivery', 'errorsOnly', 'organization', 'from', 'to', 'limit'] as const

/** Checks which entries are asked for; throws `LOG_QUERY_INVALID`, or the code of a topic or an organisation. */
export function parseLogOptions(options: unknown): LogSelection {
  const given = checkFields(options, query('the query'), known)
  const selection = {
    ...part('topic', given.topic, topicOf),
    ...part('deliveryId', given.delivery, (value) => checkText(value, query('delivery'), 64)),
    ...part('errorsOnly', given.errorsOnly, flag),
    ...part('organization', given.organization, checkOrganization),
    ...part('from', given.from, (value) => momentOf(value, 'from')),
    ...part('to', given.to, (value) => momentOf(value, 'to')),
    ...part('limit', given.limit, limitOf),
  }
  if ((selection.from ?? -Infinity) > (selection.to ?? Infinity)) refuse(query('from'), 'is later than to')
  return selection
}

function part<K extends string, T>(key: K, value: unknown, check: (value: unknown) => T): Partial<Record<K, T>> {
  return (value === undefined ? {} : { [key]: check(value) }) as Partial<Record<K, T>>
}

function topicOf(value: unknown): Topic {
  // Lifecycle topics cannot be subscribed to, but they are logged.
  if (value === 'installation.created' || value === 'installation.deleted') return value
  const topic = parseSubscription(value)
  return topic.includes('.') ? topic : refuse(query('topic'), 'must be resource.action')
}

function flag(value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse(query('errorsOnly'), 'must be true or false')
}

function momentOf(value: unknown, name: string): number {
  const ms = value instanceof Date ? value.getTime() : value
  return typeof ms === 'number' && Number.isFinite(ms) ? ms : refuse(query(name), 'must be a moment')
}

function limitOf(value: unknown): number {
  const isLimit = Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100
  return isLimit ? Number(value) : refuse(query('limit'), 'must be a whole number from 1 to 100')
}

function query(name: string): Field {
  return { code: 'LOG_QUERY_INVALID', name }
}
