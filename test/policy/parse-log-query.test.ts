import { describe, expect, it } from 'vitest'
import { parseLogOptions } from '../../src/policy/parse-log-query.ts'

it.each<[string, unknown, unknown]>([
  ['nothing', {}, {}],
  ['fields that are undefined', { topic: undefined, limit: undefined }, {}],
  ['a topic', { topic: 'issue.assigned' }, { topic: 'issue.assigned' }],
  ['an old name', { topic: 'issue.archived' }, { topic: 'issue.archived' }],
  ['a topic of the host', { topic: 'invoice.paid' }, { topic: 'invoice.paid' }],
  ['a lifecycle topic', { topic: 'installation.created' }, { topic: 'installation.created' }],
  ['errors only', { errorsOnly: true }, { errorsOnly: true }],
  ['all of them', { errorsOnly: false }, { errorsOnly: false }],
  ['an organisation', { organization: 'acme' }, { organization: 'acme' }],
  ['moments', { from: 1, to: 2 }, { from: 1, to: 2 }],
  ['dates', { from: new Date(1), to: new Date(2) }, { from: 1, to: 2 }],
  ['one moment', { from: 2, to: 2 }, { from: 2, to: 2 }],
  ['the least limit', { limit: 1 }, { limit: 1 }],
  ['the greatest limit', { limit: 100 }, { limit: 100 }],
])('takes %s', (_, options, selection) => {
  expect(parseLogOptions(options)).toEqual(selection)
})

describe('refuses', () => {
  it.each<[unknown, string, string]>([
    [undefined, 'LOG_QUERY_INVALID', 'the query'],
    [null, 'LOG_QUERY_INVALID', 'the query'],
    ['issue', 'LOG_QUERY_INVALID', 'the query'],
    [{ since: 1 }, 'LOG_QUERY_INVALID', 'since'],
    [{ topic: 'issue' }, 'LOG_QUERY_INVALID', 'topic'],
    [{ topic: 'Issue.Assigned' }, 'TOPIC_INVALID', 'Issue.Assigned'],
    [{ topic: 'issue.exploded' }, 'TOPIC_UNKNOWN', 'issue.exploded'],
    [{ topic: 'installation.paused' }, 'TOPIC_UNKNOWN', 'installation.paused'],
    [{ topic: 42 }, 'TOPIC_INVALID', 'number'],
    [{ errorsOnly: 'yes' }, 'LOG_QUERY_INVALID', 'errorsOnly'],
    [{ organization: '' }, 'ORGANIZATION_INVALID', 'organization'],
    [{ from: 'yesterday' }, 'LOG_QUERY_INVALID', 'from'],
    [{ from: NaN }, 'LOG_QUERY_INVALID', 'from'],
    [{ to: Infinity }, 'LOG_QUERY_INVALID', 'to'],
    [{ to: new Date('never') }, 'LOG_QUERY_INVALID', 'to'],
    [{ from: 2, to: 1 }, 'LOG_QUERY_INVALID', 'later than to'],
    [{ limit: 0 }, 'LOG_QUERY_INVALID', 'limit'],
    [{ limit: 101 }, 'LOG_QUERY_INVALID', 'limit'],
    [{ limit: 1.5 }, 'LOG_QUERY_INVALID', 'limit'],
    [{ limit: '10' }, 'LOG_QUERY_INVALID', 'limit'],
  ])('%j', (options, code, fact) => {
    const refused = () => parseLogOptions(options)
    expect(refused).toThrow(expect.objectContaining({ code }) as Error)
    expect(refused).toThrow(fact)
  })
})
