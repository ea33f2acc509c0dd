import { describe, expect, it } from 'vitest'
import type { HostEvent } from '../../src/domain/event.ts'
import type { Installation, Integration } from '../../src/domain/integration.ts'
import { subscribers, type Candidate } from '../../src/policy/subscription.ts'

describe('subscribers', () => {
  it.each([
    ['the topic', ['issue.ignored'], undefined, 'issue.ignored'],
    ['the whole resource', ['issue'], undefined, 'issue.ignored'],
    ['the old name only', ['issue.archived'], undefined, 'issue.archived'],
    ['both names', ['issue.archived', 'issue.ignored'], undefined, 'issue.ignored'],
    ['the resource and the old name', ['issue.archived', 'issue'], undefined, 'issue.ignored'],
    ['another topic', ['issue.resolved'], undefined, undefined],
    ['nothing', [], undefined, undefined],
    ['the resource, narrowed to the topic', ['issue'], ['issue.ignored'], 'issue.ignored'],
    ['the resource, narrowed to another topic', ['issue'], ['issue.resolved'], undefined],
    ['the resource, narrowed to nothing', ['issue'], [], undefined],
    ['both names, narrowed to the old one', ['issue', 'issue.archived'], ['issue.archived'], 'issue.archived'],
    ['another topic, widened in vain', ['issue.resolved'], ['issue'], undefined],
  ])('hears issue.ignored when it lists %s', (_, topics, narrowed, heardAs) => {
    const candidate = aCandidate({ topics }, narrowed === undefined ? {} : { topics: narrowed })
    const heard = subscribers(anEvent({ topic: 'issue.ignored' }), [candidate])
    expect(heard.map(({ topic }) => topic)).toEqual(heardAs === undefined ? [] : [heardAs])
  })

  it.each([
    ['any project without a filter', undefined, 'web', true],
    ['no project without a filter', undefined, undefined, true],
    ['a project that is listed', ['api', 'web'], 'web', true],
    ['a project that is not listed', ['api'], 'web', false],
    ['no project, with a filter', ['api'], undefined, false],
    ['any project, with an empty filter', [], 'web', false],
  ])('filters by project: %s', (_, projects, project, isHeard) => {
    const candidate = aCandidate({}, projects === undefined ? {} : { projects })
    const event = anEvent(project === undefined ? {} : { project })
    expect(subscribers(event, [candidate])).toHaveLength(isHeard ? 1 : 0)
  })

  it('hears its own organisation only, whoever owns the integration', () => {
    const here = aCandidate({ organization: 'vendor' }, { organization: 'acme' })
    const elsewhere = aCandidate({ organization: 'acme' }, { organization: 'other' })
    expect(subscribers(anEvent(), [elsewhere, here])).toEqual([{ ...here, topic: 'invoice.paid' }])
  })

  it('gives one entry per installation, in the order of the candidates', () => {
    const candidates = ['c', 'a', 'b'].map((uuid) => aCandidate({}, { uuid }))
    expect(subscribers(anEvent(), candidates).map(({ installation }) => installation.uuid)).toEqual(['c', 'a', 'b'])
  })
})

function anEvent(fields: Partial<HostEvent> = {}): HostEvent {
  return { id: 'evt_1', topic: 'invoice.paid', organization: 'acme', data: {}, at: 0, ...fields }
}

function aCandidate(integration: Partial<Integration>, installation: Partial<Installation>): Candidate {
  return {
    integration: {
      id: 'acme-bot',
      uuid: 'u',
      name: 'Acme Bot',
      organization: 'acme',
      url: 'https://acme.dev/',
      secret: 'sixteen-letters!',
      status: 'internal',
      topics: ['invoice'],
      owners: [],
      headers: {},
      createdAt: 0,
      updatedAt: 0,
      ...integration,
    },
    installation: {
      uuid: 'i',
      integrationId: 'acme-bot',
      organization: 'acme',
      status: 'installed',
      createdAt: 0,
      ...installation,
    },
  }
}
