import type { Actor } from '../domain/event.ts'
import type { JsonObject } from '../domain/json.ts'
import { parseTopic } from '../domain/topic.ts'
import { checkFields, checkJsonObject, checkObject, checkOrganization, checkText } from '../policy/check.ts'
import { checkWhole, checkWord, refuse } from '../policy/check.ts'
import { event, optionalActor, optionalProject, type EventDraft } from '../policy/parse-event.ts'

/** The issue as receivers shall see it: any JSON object with an id of its own (a text) and, where it has one, its project. */
export type WorkflowIssue = JsonObject & {
  readonly id: string
  readonly project?: JsonObject & { readonly slug: string }
}

/** Who an issue was given to. The e-mail address is left out of bodies under enhanced privacy. */
export interface Assignee {
  readonly type: 'user' | 'team'
  readonly name: string
  readonly id: number
  readonly email?: string
}

/** What every notification about an issue says, whatever happened to it. */
export interface AboutIssue {
  /** 1 to 128 characters. */
  readonly organization: string
  readonly issue: WorkflowIssue
  /** Who did it. @default the application itself */
  readonly actor?: Actor
  /** A project slug. @default issue.project.slug */
  readonly project?: string
}

/** Something happened to an issue: the input of the first document's flow. */
export type WorkflowNotification =
  | (AboutIssue & { readonly action: 'assigned'; readonly data: { readonly assignee: Assignee } })
  | (AboutIssue & { readonly action: 'resolved'; readonly data: { readonly resolution_type: string } })
  | (AboutIssue & { readonly action: 'unresolved'; readonly data?: JsonObject })
  /** `archived` is another name of `ignored`. */
  | (AboutIssue & { readonly action: 'ignored' | 'archived' | 'created' })

/** Prepares the event of a workflow notification: the action's own data first, then the issue as it is now. */
export function workflowNotification(input: WorkflowNotification, enhancedPrivacy: boolean): EventDraft {
  const given = checkFields(input, event('the notification'), inputFields)
  const action = checkWord(given.action, event('action'), actions)
  const issue = checkJsonObject(given.issue, event('issue'))
  return {
    topic: parseTopic(`issue.${action}`),
    organization: checkOrganization(given.organization),
    ...projectOf(given.project, issue),
    ...optionalActor(given.actor),
    subject: { type: 'group', id: checkText(issue.id, event('issue.id'), 256) },
    data: { ...extraData[action](given.data, enhancedPrivacy), issue },
  }
}

const inputFields = ['organization', 'action', 'issue', 'actor', 'project', 'data'] as const
const actions = ['assigned', 'resolved', 'ignored', 'archived', 'unresolved', 'created'] as const

/** What each action carries beside the issue (spec 3.3). */
const extraData: Readonly<Record<(typeof actions)[number], (data: unknown, enhancedPrivacy: boolean) => JsonObject>> = {
  assigned: (data, enhancedPrivacy) => {
    const given = checkFields(data, event('data'), ['assignee'])
    return { assignee: assigneeForm(given.assignee, enhancedPrivacy) }
  },
  resolved: (data) => {
    const given = checkFields(data, event('data'), ['resolution_type'])
    return { resolution_type: checkText(given.resolution_type, event('data.resolution_type'), 256) }
  },
  unresolved: (data) => (data === undefined ? {} : carried(data)),
  ignored: nothing,
  archived: nothing,
  created: nothing,
}

function assigneeForm(value: unknown, enhancedPrivacy: boolean): JsonObject {
  const given = checkFields(value, event('data.assignee'), ['type', 'name', 'id', 'email'])
  const form = {
    type: checkWord(given.type, event('data.assignee.type'), ['user', 'team']),
    name: checkText(given.name, event('data.assignee.name'), 256),
    id: checkWhole(given.id, event('data.assignee.id')),
  }
  if (given.email === undefined) return form
  const email = checkText(given.email, event('data.assignee.email'), 254)
  return enhancedPrivacy ? form : { ...form, email }
}

/** The issue stands last and is not to be displaced by a key of the same name. */
function carried(data: unknown): JsonObject {
  const given = checkJsonObject(data, event('data'))
  return 'issue' in given ? refuse(event('data.issue'), 'is taken: the issue itself stands there') : given
}

function nothing(data: unknown): JsonObject {
  return data === undefined ? {} : checkFields(data, event('data'), [])
}

function projectOf(project: unknown, issue: JsonObject): Pick<EventDraft, 'project'> {
  if (project !== undefined) return optionalProject(project)
  if (issue.project === undefined || issue.project === null) return {}
  const { slug } = checkObject(issue.project, event('issue.project'))
  // Without a slug installations that filter by project would silently miss the event.
  return optionalProject(slug ?? null, 'issue.project.slug')
}
