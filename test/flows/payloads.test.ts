import { createSecretKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { actionOf } from '../../src/domain/topic.ts'
import { commentWebhook, type CommentWebhook } from '../../src/flows/comment-webhook.ts'
import { actorForm, envelope, eventBytesMax, type ActorForm, type EventDraft } from '../../src/flows/envelope.ts'
import { workflowNotification, type WorkflowNotification } from '../../src/flows/workflow-notification.ts'
import { sentrySignature } from '../../src/policy/signature.ts'

const installation = '7a485448-a9e2-4c85-8a3c-4f44175783c9'
const knowsNobody = { find: () => undefined }
const issue = {
  id: '100',
  shortId: 'WEB-7',
  title: 'TypeError: x is undefined',
  status: 'unresolved',
  substatus: 'ongoing',
  level: 'error',
  platform: 'node',
  count: '3',
  userCount: 2,
  firstSeen: '2024-06-01T11:58:00.000000Z',
  lastSeen: '2024-06-01T12:00:00.000000Z',
  project: { id: '9', slug: 'web-app', name: 'web-app' },
}
const assignee = { type: 'user', name: 'Ada', id: 42, email: 'ada@example.org' } as const
const assigned: WorkflowNotification = {
  organization: 'acme',
  action: 'assigned',
  issue,
  data: { assignee },
  actor: { type: 'user', id: 7, name: 'Grace' },
}
const created: CommentWebhook = {
  organization: 'acme',
  action: 'created',
  comment: { id: 1234, text: 'looks good', timestamp: Date.UTC(2024, 5, 1, 12) },
  issue: { id: '100' },
  project: { slug: 'web-app' },
  actor: { type: 'user', id: 42, name: 'Ada' },
}
const workflow = (fields: object, enhancedPrivacy = false) =>
  workflowNotification({ ...assigned, ...fields }, enhancedPrivacy)
const comment = (fields: object) => commentWebhook({ ...created, ...fields })

describe('the body of a workflow notification', () => {
  it('is the worked example, byte for byte', () => {
    expect(bodyOf(workflow({}))).toBe(
      '{"action":"assigned","installation":{"uuid":"7a485448-a9e2-4c85-8a3c-4f44175783c9"},' +
        '"data":{"assignee":{"type":"user","name":"Ada","id":42,"email":"ada@example.org"},' +
        '"issue":{"id":"100","shortId":"WEB-7","title":"TypeError: x is undefined","status":"unresolved",' +
        '"substatus":"ongoing","level":"error","platform":"node","count":"3","userCount":2,' +
        '"firstSeen":"2024-06-01T11:58:00.000000Z","lastSeen":"2024-06-01T12:00:00.000000Z",' +
        '"project":{"id":"9","slug":"web-app","name":"web-app"}}},"actor":{"type":"user","id":7,"name":"Grace"}}',
    )
  })

  it('has the keys of the assignee in order, however the host wrote them', () => {
    const shuffled = { email: 'ada@example.org', id: 42, type: 'user', name: 'Ada' }
    expect(bodyOf(workflow({ data: { assignee: shuffled } }))).toBe(bodyOf(workflow({})))
  })

  it('leaves the e-mail address out under enhanced privacy', () => {
    expect(workflow({}, true).data.assignee).toEqual({ type: 'user', name: 'Ada', id: 42 })
    expect(bodyOf(workflow({}, true))).not.toContain('ada@example.org')
  })

  it.each([
    ['resolved', { resolution_type: 'in_commit' }, 'issue.resolved', ['resolution_type', 'issue']],
    ['ignored', undefined, 'issue.ignored', ['issue']],
    ['archived', undefined, 'issue.ignored', ['issue']],
    ['created', {}, 'issue.created', ['issue']],
    ['unresolved', undefined, 'issue.unresolved', ['issue']],
    ['unresolved', { z: 1, a: [null] }, 'issue.unresolved', ['z', 'a', 'issue']],
  ])('of %s carries the data %j before the issue', (action, data, topic, keys) => {
    const draft = workflow({ action, data })
    expect(draft.topic).toBe(topic)
    expect(Object.keys(draft.data)).toEqual(keys)
    expect(draft.data).toEqual({ ...data, issue })
  })

  it('is about the issue as a group', () => {
    expect(workflow({}).subject).toEqual({ type: 'group', id: '100' })
  })

  it.each([
    ['the one given', 'mobile', issue, 'mobile'],
    ["the issue's own", undefined, issue, 'web-app'],
    ['none, when the issue has none', undefined, { id: '1' }, undefined],
    ['none, when the issue says null', undefined, { id: '1', project: null }, undefined],
  ])('belongs to a project: %s', (_, project, about, slug) => {
    expect(workflow({ project, issue: about }).project).toBe(slug)
  })

  it.each([
    ['a typo', { isue: issue }, 'the notification has no field "isue"'],
    ['an unknown action', { action: 'exploded' }, 'action must be one of assigned'],
    ['no issue', { issue: undefined }, 'issue must be an object'],
    ['an issue whose id is a number', { issue: { id: 100 } }, 'issue.id must be a text'],
    ['a project of the issue without a slug', { issue: { id: '1', project: {} } }, 'issue.project.slug must be a text'],
    ['a project of the issue that is a text', { issue: { id: '1', project: 'x' } }, 'issue.project must be an object'],
    ['a project that is a number', { project: 1 }, 'project must be a text'],
    ['no data to assign', { data: undefined }, 'data must be an object'],
    ['no assignee', { data: {} }, 'data.assignee must be an object'],
    ['an assignee of another kind', { data: { assignee: { ...assignee, type: 'x' } } }, 'data.assignee.type'],
    ['an assignee without a name', { data: { assignee: { type: 'team', id: 1 } } }, 'data.assignee.name'],
    ['an assignee whose id is a text', { data: { assignee: { ...assignee, id: '1' } } }, 'data.assignee.id'],
    ['an e-mail that is no text', { data: { assignee: { ...assignee, email: 1 } } }, 'data.assignee.email'],
    ['data the action does not carry', { action: 'ignored', data: { until: 1 } }, 'data has no field "until"'],
    ['no way it was resolved', { action: 'resolved', data: {} }, 'data.resolution_type must be a text'],
    ['data that would displace the issue', { action: 'unresolved', data: { issue: 1 } }, 'data.issue is taken'],
    ['data that is a list', { action: 'unresolved', data: [] }, 'data must be an object'],
    ['a malformed actor', { actor: { type: 'user' } }, 'actor.id must be a whole number'],
  ])('is refused for %s', (_, fields, fact) => {
    expect(() => workflow(fields)).toThrow(`EVENT_INVALID: ${fact}`)
  })

  it('is refused without an organisation, and when nothing at all is given', () => {
    expect(() => workflow({ organization: '' })).toThrow(/^ORGANIZATION_INVALID/)
    expect(() => workflowNotification(undefined as unknown as WorkflowNotification, false)).toThrow(/^EVENT_INVALID/)
  })
})

describe('the body of a comment webhook', () => {
  it('is the worked example, byte for byte, and so is its signature', () => {
    const body = bodyOf(comment({}))
    expect(body).toBe(
      '{"action":"created","installation":{"uuid":"7a485448-a9e2-4c85-8a3c-4f44175783c9"},' +
        '"data":{"comment_id":1234,"issue_id":100,"project_slug":"web-app",' +
        '"timestamp":"2024-06-01T12:00:00.000000Z","comment":"looks good"},' +
        '"actor":{"type":"user","id":42,"name":"Ada"}}',
    )
    expect(body).toHaveLength(260)
    expect(sentrySignature(createSecretKey(Buffer.from('test-client-secret-0001')), Buffer.from(body))).toBe(
      '4838c97b992c3744e8a3185462d66eb9609bdc608ffed16f01c3e544931f441f',
    )
  })

  it.each(['created', 'updated', 'deleted'])('of a comment that was %s carries its text', (action) => {
    const draft = comment({ action })
    expect(draft.topic).toBe(`comment.${action}`)
    expect(draft.data.comment).toBe('looks good')
    expect(draft).toMatchObject({ subject: { type: 'comment', id: '1234' }, project: 'web-app', organization: 'acme' })
  })

  it('sends what is left out as null', () => {
    const draft = comment({ comment: { id: 1 }, issue: undefined, project: undefined })
    expect(JSON.stringify(draft.data)).toBe(
      '{"comment_id":1,"issue_id":null,"project_slug":null,"timestamp":null,"comment":null}',
    )
    expect(draft).not.toHaveProperty('project')
  })

  it.each([
    ['digits', '100', 100],
    ['a number', 100, 100],
    ['a text', 'WEB-7', 'WEB-7'],
    ['digits led by a zero', '007', '007'],
    ['more digits than a number holds', '9007199254740993', '9007199254740993'],
    ['a number past what doubles tell apart', '9007199254740992', '9007199254740992'],
  ])('has an issue id made from %s', (_, id, sent) => {
    expect(comment({ issue: { id } }).data.issue_id).toBe(sent)
  })

  it.each([
    ['milliseconds', 1_717_243_200_123, '2024-06-01T12:00:00.123000Z'],
    ['a Date', new Date(1_717_243_200_000), '2024-06-01T12:00:00.000000Z'],
    ['a text, as it is', '2024-06-01T12:00:00+00:00', '2024-06-01T12:00:00+00:00'],
    ['the last moment of the year 9999', 253_402_300_799_999, '9999-12-31T23:59:59.999000Z'],
  ])('has a timestamp made from %s', (_, timestamp, sent) => {
    expect(comment({ comment: { id: 1, text: 'x', timestamp } }).data.timestamp).toBe(sent)
  })

  it('keeps an empty text and line breaks', () => {
    expect(comment({ comment: { id: 1, text: '' } }).data.comment).toBe('')
    expect(bodyOf(comment({ comment: { id: 1, text: 'a\nb' } }))).toContain('"comment":"a\\nb"')
  })

  it('leaves behind what else the host keeps in its records', () => {
    const records = { comment: { ...created.comment, author: 'x' }, issue: { id: 100, title: 'x' } }
    expect(comment(records).data).toEqual(comment({}).data)
  })

  it.each([
    ['a typo', { coment: {} }, 'the comment webhook has no field "coment"'],
    ['an unknown action', { action: 'liked' }, 'action must be one of created'],
    ['no comment', { comment: undefined }, 'comment must be an object'],
    ['a comment without an id', { comment: { text: 'x' } }, 'comment.id must be a whole number'],
    ['a text that is none', { comment: { id: 1, text: 1 } }, 'comment.text must be a text'],
    ['a Date without a time', { comment: { id: 1, timestamp: new Date(NaN) } }, 'comment.timestamp must be a time'],
    ['microseconds by mistake', { comment: { id: 1, timestamp: 1_717_243_200_000_000 } }, 'comment.timestamp must be'],
    ['a timestamp of another kind', { comment: { id: 1, timestamp: true } }, 'comment.timestamp must be a time'],
    ['an empty timestamp', { comment: { id: 1, timestamp: '' } }, 'comment.timestamp must not be empty'],
    ['a fractional issue id', { issue: { id: 1.5 } }, 'issue.id must be a whole number'],
    ['an issue that is no record', { issue: 100 }, 'issue must be an object'],
    ['a slug that is no text', { project: { slug: 1 } }, 'project.slug must be a text'],
  ])('is refused for %s', (_, fields, fact) => {
    expect(() => comment(fields)).toThrow(`EVENT_INVALID: ${fact}`)
  })
})

describe('envelope', () => {
  const actor = actorForm(undefined, knowsNobody)
  const empty = envelope({ action: 'x', installation, data: { text: '' }, actor }).byteLength

  it('accepts a body of exactly the limit and refuses one byte more', () => {
    const ofSize = (bytes: number) => ({ action: 'x', installation, data: { text: 'y'.repeat(bytes - empty) }, actor })
    expect(envelope(ofSize(eventBytesMax)).byteLength).toBe(262_144)
    expect(() => envelope(ofSize(eventBytesMax + 1))).toThrow(/^EVENT_TOO_LARGE(?!.*yyy)/)
  })

  it('counts bytes as they are sent, escapes included', () => {
    const data = { text: '😀'.repeat(eventBytesMax / 12) }
    expect(() => envelope({ action: 'x', installation, data, actor })).toThrow(/^EVENT_TOO_LARGE/)
  })

  it('names the path of what JSON cannot carry, as the host knows it', () => {
    const data = { rows: [{ total: 1n }] } as never
    expect(() => envelope({ action: 'x', installation, data, actor })).toThrow(
      /^EVENT_NOT_JSON: data\.rows\[0\]\.total/,
    )
  })
})

describe('actorForm', () => {
  const found = { uuid: '2ebf071f-28df-4989-aca9-c37c763b278f', name: 'Acme Bot' }
  const context = { find: (id: string) => (id === 'acme-bot' ? found : undefined) }
  const written = (form: ActorForm) => JSON.stringify(form)

  it('gives the application when nobody acted', () => {
    expect(written(actorForm(undefined, context))).toBe('{"type":"application","id":"sentry","name":"Sentry"}')
    const application = { name: 'Shop', id: 'shop' }
    expect(written(actorForm(undefined, { ...context, application }))).toBe(
      '{"type":"application","id":"shop","name":"Shop"}',
    )
  })

  it('gives an integration as an application, by its uuid', () => {
    expect(written(actorForm({ type: 'integration', integration: 'acme-bot' }, context))).toBe(
      '{"type":"application","id":"2ebf071f-28df-4989-aca9-c37c763b278f","name":"Acme Bot"}',
    )
  })

  it('gives a person', () => {
    expect(written(actorForm({ name: 'Ada', id: 42, type: 'user' }, context))).toBe(
      '{"type":"user","id":42,"name":"Ada"}',
    )
  })

  it('gives the application for a user whom the host does not know any more', () => {
    expect(written(actorForm({ type: 'user', id: 7 }, context))).toBe(
      '{"type":"application","id":"sentry","name":"Sentry"}',
    )
  })

  it('refuses an integration that nobody registered', () => {
    const actor = { type: 'integration', integration: 'gone' } as const
    expect(() => actorForm(actor, context)).toThrow(/^INTEGRATION_UNKNOWN: the actor "gone"/)
  })
})

/** The body one installation would get. */
function bodyOf({ topic, data, actor }: EventDraft): string {
  const parts = { action: actionOf(topic), installation, data, actor: actorForm(actor, knowsNobody) }
  return Buffer.from(envelope(parts)).toString('utf8')
}
