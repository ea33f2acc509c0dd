import type { Actor } from '../domain/event.ts'
import {
  checkFields,
  checkObject,
  checkOrganization,
  checkText,
  checkWhole,
  checkWord,
  refuse,
} from '../policy/check.ts'
import { event, optionalActor, optionalProject, type EventDraft } from '../policy/parse-event.ts'

/** A comment was made, changed or taken away: the input of the second document's flow. What is left out is sent as null. */
export interface CommentWebhook {
  /** 1 to 128 characters. */
  readonly organization: string
  readonly action: 'created' | 'updated' | 'deleted'
  readonly comment: {
    readonly id: number
    /** Also for a deleted comment. */
    readonly text?: string
    /** A Date, milliseconds since 1970, or a text that is passed on as it is (at most 64 characters). */
    readonly timestamp?: number | Date | string
  }
  /** An id written in digits alone is sent as a number. */
  readonly issue?: { readonly id: number | string }
  /** At most 128 characters. */
  readonly project?: { readonly slug: string }
  /** Who did it. @default the application itself */
  readonly actor?: Actor
}

/** Prepares the event of a comment webhook: the five keys of spec 4.3, in their order. */
export function commentWebhook(input: CommentWebhook): EventDraft {
  const given = checkFields(input, event('the comment webhook'), inputFields)
  const comment = checkObject(given.comment, event('comment'))
  const commentId = checkWhole(comment.id, event('comment.id'))
  const { project } = optionalProject(inside(given.project, 'project', 'slug'), 'project.slug')
  return {
    topic: `comment.${checkWord(given.action, event('action'), ['created', 'updated', 'deleted'])}`,
    organization: checkOrganization(given.organization),
    ...(project === undefined ? {} : { project }),
    ...optionalActor(given.actor),
    subject: { type: 'comment', id: String(commentId) },
    data: {
      comment_id: commentId,
      issue_id: issueId(inside(given.issue, 'issue', 'id')),
      project_slug: project ?? null,
      timestamp: timestampForm(comment.timestamp),
      comment: commentText(comment.text),
    },
  }
}

const inputFields = ['organization', 'action', 'comment', 'issue', 'project', 'actor'] as const

/** One field of an optional record; hosts pass whole records, so other fields are left alone. */
function inside(value: unknown, name: string, field: string): unknown {
  return value === undefined ? undefined : checkObject(value, event(name))[field]
}

/** Digits that a number cannot hold unchanged (too many, or led by a zero) stay a text: an id must not change. */
function issueId(value: unknown): number | string | null {
  if (value === undefined) return null
  if (typeof value !== 'string') return checkWhole(value, event('issue.id'))
  const id = checkText(value, event('issue.id'), 256)
  return /^\d+$/.test(id) && String(Number(id)) === id && Number.isSafeInteger(Number(id)) ? Number(id) : id
}

/** `YYYY-MM-DDTHH:MM:SS.ffffffZ`, the form of the documents' time (spec 4.4). */
function timestampForm(value: unknown): string | null {
  const at = event('comment.timestamp')
  if (value === undefined) return null
  if (typeof value === 'string') return checkText(value, at, 64)
  const ms = value instanceof Date ? value.getTime() : value
  // Past the year 9999 the form has no room; a number that large is microseconds by mistake.
  if (typeof ms !== 'number' || !(ms >= 0 && ms < Date.UTC(10_000, 0))) return refuse(at, 'must be a time')
  return new Date(ms).toISOString().replace('Z', '000Z')
}

function commentText(value: unknown): string | null {
  if (value === undefined) return null
  return typeof value === 'string' ? value : refuse(event('comment.text'), 'must be a text')
}
