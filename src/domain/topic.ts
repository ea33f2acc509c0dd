import { HookwardError } from './errors.ts'

/** `resource.action`, for example `issue.assigned` or the host's own `invoice.paid`. */
export type Topic = string

/** The documents' resources and their actions. Any other resource is the host's own, with any action. */
export const catalogue: Readonly<Record<string, readonly string[]>> = {
  issue: ['created', 'resolved', 'ignored', 'assigned', 'unresolved'],
  comment: ['created', 'updated', 'deleted'],
  error: ['created'],
  installation: ['created', 'deleted'],
  event_alert: ['triggered'],
  metric_alert: ['open', 'resolved', 'critical', 'warning'],
  activity_alert: ['triggered'],
}

/** Old names under which a topic may still be subscribed to: canonical topic -> alias (spec 2.3). */
const aliases: Readonly<Record<Topic, Topic>> = { 'issue.ignored': 'issue.archived' }

const wellFormed = /^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$/
const resourceOnly = /^[a-z][a-z0-9_]{0,63}$/

export function resourceOf(topic: Topic): string {
  return topic.slice(0, topic.indexOf('.'))
}

export function actionOf(topic: Topic): string {
  return topic.slice(topic.indexOf('.') + 1)
}

/** Installation topics are sent by the engine itself, whatever the state of the integration, and never count for health. */
export function isLifecycle(topic: Topic): boolean {
  return resourceOf(topic) === 'installation'
}

/** The names under which subscribers may know a topic, its own name first. */
export function namesOf(topic: Topic): readonly Topic[] {
  const alias = aliases[topic]
  return alias === undefined ? [topic] : [topic, alias]
}

/** Checks a topic at the door and gives its canonical name (`issue.archived` becomes `issue.ignored`). */
export function parseTopic(topic: unknown): Topic {
  if (typeof topic !== 'string' || !wellFormed.test(topic))
    throw new HookwardError('TOPIC_INVALID', `${describe(topic)} is not a topic`)
  const canonical = Object.keys(aliases).find((name) => aliases[name] === topic)
  if (canonical !== undefined) return canonical
  checkKnown(topic)
  return topic
}

/**
 * Checks one entry of a subscription list: a topic, or a resource standing for all its actions.
 * Aliases are kept as they are, because a receiver that lists the old name wants the old name.
 */
export function parseSubscription(entry: unknown): Topic {
  if (typeof entry === 'string' && resourceOnly.test(entry)) {
    if (entry === 'installation') throw reserved(entry)
    return entry
  }
  if (typeof entry === 'string' && Object.values(aliases).includes(entry)) return entry
  const topic = parseTopic(entry)
  if (resourceOf(topic) === 'installation') throw reserved(topic)
  return topic
}

/** Whether a subscription list hears a topic name. A bare resource hears all its actions, but no alias. */
export function hears(subscriptions: readonly Topic[], name: Topic): boolean {
  if (subscriptions.includes(name)) return true
  return subscriptions.includes(resourceOf(name)) && !Object.values(aliases).includes(name)
}

/** The topics a subscription list stands for; a resource of the host's own cannot be expanded and stays. */
export function expandTopics(subscriptions: readonly Topic[]): readonly Topic[] {
  const expand = (entry: Topic): readonly Topic[] => actionsOf(entry)?.map((action) => `${entry}.${action}`) ?? [entry]
  return [...new Set(subscriptions.flatMap(expand))]
}

/** Of the documents' own resources; a name that every object inherits is not one of them. */
function actionsOf(resource: string): readonly string[] | undefined {
  return Object.hasOwn(catalogue, resource) ? catalogue[resource] : undefined
}

function checkKnown(topic: Topic): void {
  const actions = actionsOf(resourceOf(topic))
  if (actions === undefined || actions.includes(actionOf(topic))) return
  throw new HookwardError(
    'TOPIC_UNKNOWN',
    `${topic} is not one of ${resourceOf(topic)}'s actions (${actions.join(', ')})`,
  )
}

function reserved(entry: string): HookwardError {
  return new HookwardError('TOPIC_RESERVED', `${entry} cannot be subscribed to`)
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : `a value of type ${typeof value}`
}
