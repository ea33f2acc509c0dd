import { describe, expect, it } from 'vitest'
import { HookwardError } from '../../src/domain/errors.ts'
import type { Integration } from '../../src/domain/integration.ts'
import { checkOrganization } from '../../src/policy/check.ts'
import { parseEmit } from '../../src/policy/parse-event.ts'
import { parseInstallation } from '../../src/policy/parse-installation.ts'
import { parseIntegration } from '../../src/policy/parse-integration.ts'

const uuid = '2ebf071f-28df-4989-aca9-c37c763b278f'
const otherUuid = '7a485448-a9e2-4c85-8a3c-4f44175783c9'
const destination = (url: unknown) => {
  if (typeof url !== 'string') throw new HookwardError('URL_INVALID', 'the URL is not a text')
  return `${url}/`
}
const context = { now: 1_000, uuid, destination }
const least = { slug: 'acme-bot', organization: 'acme', url: 'https://acme.dev', secret: 'sixteen-letters!' }
const integrationWith = (fields: object) => () => parseIntegration({ ...least, ...fields }, context)

describe('parseIntegration', () => {
  it('fills in what a new integration leaves out', () => {
    expect(parseIntegration(least, context)).toEqual({
      id: 'acme-bot',
      uuid,
      name: 'acme-bot',
      organization: 'acme',
      url: 'https://acme.dev/',
      secret: 'sixteen-letters!',
      status: 'internal',
      topics: [],
      owners: [],
      headers: {},
      createdAt: 1_000,
      updatedAt: 1_000,
    })
  })

  it('keeps on a change what is left out, and the uuid and creation moment always', () => {
    const change = { ...least, url: 'https://new.dev', topics: ['issue'] }
    const changed = parseIntegration(change, { ...context, now: 2_000, uuid: otherUuid, existing: anIntegration() })
    expect(changed).toEqual({ ...anIntegration(), url: 'https://new.dev/', topics: ['issue'], updatedAt: 2_000 })
  })

  it('takes on a change what is given, empty lists too', () => {
    const change = { ...least, name: 'New', status: 'internal', topics: [], owners: [], headers: {} }
    expect(parseIntegration(change, { ...context, existing: anIntegration() })).toMatchObject({
      name: 'New',
      status: 'internal',
      topics: [],
      owners: [],
      headers: {},
    })
  })

  it('treats undefined as left out', () => {
    expect(integrationWith({ name: undefined, uuid: undefined })()).toMatchObject({ name: 'acme-bot', uuid })
  })

  it('accepts its own uuid again and refuses another one', () => {
    const again = (given: string) =>
      parseIntegration({ ...least, uuid: given }, { ...context, existing: anIntegration() })
    expect(again(uuid.toUpperCase()).uuid).toBe(uuid)
    expect(() => again(otherUuid)).toThrow('INTEGRATION_INVALID: uuid cannot be changed')
  })

  it('keeps each topic and each address once', () => {
    const owners = [{ email: 'ops@acme.dev', name: 'Ops' }, { email: 'OPS@acme.dev' }, { email: 'b@acme.dev' }]
    const kept = integrationWith({ topics: ['issue', 'comment.created', 'issue'], owners })()
    expect(kept.topics).toEqual(['issue', 'comment.created'])
    expect(kept.owners).toEqual([owners[0], owners[2]])
  })

  it('has a deadline of its own where it is given one, and keeps it on a change', () => {
    const existing = integrationWith({ deadlineMs: 30_000 })()
    expect(existing.deadlineMs).toBe(30_000)
    expect(parseIntegration(least, { ...context, existing }).deadlineMs).toBe(30_000)
    expect(parseIntegration({ ...least, deadlineMs: 1_000 }, { ...context, existing }).deadlineMs).toBe(1_000)
  })

  it('reads header lines', () => {
    expect(integrationWith({ headers: 'X-A: 1\nidempotency-key: 2' })().headers).toEqual({ 'X-A': '1' })
  })

  it('accepts lists and names at their limits', () => {
    const owners = Array.from({ length: 64 }, (_, i) => ({ email: `o${i}@acme.dev` }))
    const topics = Array.from({ length: 256 }, (_, i) => `own.action${i}`)
    const kept = integrationWith({ owners, topics, name: 'n'.repeat(256), slug: 's'.repeat(64) })()
    expect([kept.owners.length, kept.topics.length, kept.name.length]).toEqual([64, 256, 256])
  })

  it.each([
    ['an unknown field', { ownres: [] }, 'INTEGRATION_INVALID: the integration has no field "ownres"'],
    ['a bad slug', { slug: 'Acme Bot' }, 'SLUG_INVALID: slug'],
    ['a slug that is too long', { slug: 's'.repeat(65) }, 'SLUG_INVALID: slug'],
    ['a slug with a line break', { slug: 'acme\n' }, 'SLUG_INVALID: slug'],
    ['no slug', { slug: undefined }, 'SLUG_INVALID: slug'],
    ['no organisation', { organization: undefined }, 'ORGANIZATION_INVALID: organization'],
    ['no URL', { url: undefined }, 'URL_INVALID: '],
    ['no secret', { secret: undefined }, 'SECRET_MISSING: '],
    ['a short secret', { secret: 'short' }, 'SECRET_INVALID: '],
    ['an empty name', { name: '' }, 'INTEGRATION_INVALID: name must not be empty'],
    ['a long name', { name: 'n'.repeat(257) }, 'INTEGRATION_INVALID: name'],
    ['a name with a line break', { name: 'a\nBcc: b' }, 'INTEGRATION_INVALID: name'],
    ['an unknown status', { status: 'public' }, 'INTEGRATION_INVALID: status must be one of internal'],
    ['a deadline of less than a second', { deadlineMs: 999 }, 'INTEGRATION_INVALID: deadlineMs'],
    ['a deadline of more than 30 s', { deadlineMs: 30_001 }, 'INTEGRATION_INVALID: deadlineMs'],
    ['a deadline of half a millisecond more', { deadlineMs: 1_000.5 }, 'INTEGRATION_INVALID: deadlineMs'],
    ['an unknown kind of signing', { signing: 'none' }, 'INTEGRATION_INVALID: signing must be one of sentry'],
    ['a signing the secret cannot do', { signing: 'standard' }, "SECRET_INVALID: signing: 'standard' needs"],
    ['topics that are no list', { topics: 'issue' }, 'INTEGRATION_INVALID: topics must be an array'],
    [
      'too many topics',
      { topics: Array(257).fill('issue') },
      'INTEGRATION_INVALID: topics must not have more than 256',
    ],
    ['an unknown action', { topics: ['issue.exploded'] }, 'TOPIC_UNKNOWN: '],
    ['a reserved topic', { topics: ['installation'] }, 'TOPIC_RESERVED: '],
    [
      'too many owners',
      { owners: Array(65).fill({ email: 'a@b.c' }) },
      'OWNER_INVALID: owners must not have more than 64',
    ],
    ['an owner given as a text', { owners: ['a@b.c'] }, 'OWNER_INVALID: owners[0] must be an object'],
    ['a hole among the owners', { owners: new Array(1) }, 'OWNER_INVALID: owners[0] must be an object'],
    ['an address with a display name', { owners: [{ email: 'Ops <a@b.c>' }] }, 'OWNER_INVALID: owners[0].email'],
    ['two addresses in one', { owners: [{ email: 'a@b.c,d@e.f' }] }, 'OWNER_INVALID: owners[0].email'],
    ['an address with a line break', { owners: [{ email: 'a@b.c\nBcc: d@e.f' }] }, 'OWNER_INVALID: owners[0].email'],
    [
      'an owner with a typo',
      { owners: [{ email: 'a@b.c', nmae: 'A' }] },
      'OWNER_INVALID: owners[0] has no field "nmae"',
    ],
    ['a deadline under a second', { deadlineMs: 999 }, 'INTEGRATION_INVALID: deadlineMs must be from 1000'],
    ['a deadline over half a minute', { deadlineMs: 30_001 }, 'INTEGRATION_INVALID: deadlineMs must be from 1000'],
    ['a deadline of a fraction', { deadlineMs: 1_000.5 }, 'INTEGRATION_INVALID: deadlineMs must be a whole number'],
    ['a header of ours', { headers: { Host: 'x' } }, 'HEADER_INVALID: "Host"'],
    ['a uuid without hyphens', { uuid: uuid.replaceAll('-', '') }, 'INTEGRATION_INVALID: uuid'],
    ['an order of another kind', { ordered: { by: 'subject' } }, /ordered\.by/],
    ['an order that blocks for ever', { ordered: { by: 'key', blockingMaxMs: 604_800_001 } }, /ordered\.blockingMaxMs/],
    ['an order with a field of its own', { ordered: { by: 'key', maxMs: 1 } }, /ordered/],
  ])('refuses %s by name', (_, fields, fact) => {
    expect(integrationWith(fields)).toThrow(fact)
  })

  it.each([undefined, null, 'acme-bot', [least], 7])('refuses %j as a whole', (input) => {
    expect(() => parseIntegration(input, context)).toThrow('INTEGRATION_INVALID: the integration must be an object')
  })

  it('never quotes the secret', () => {
    for (const fields of [{ secret: 'hush-hush' }, { typo: 1, secret: 'hush-hush-hush-hush' }])
      expect(integrationWith(fields)).toThrow(/^(?!.*hush)/)
  })
})

describe('parseInstallation', () => {
  const given = { integration: 'acme-bot', organization: 'acme' }

  it('hears all topics and projects unless told otherwise', () => {
    const made = parseInstallation(given, context)
    expect(made).toEqual({
      uuid,
      integrationId: 'acme-bot',
      organization: 'acme',
      status: 'installed',
      createdAt: 1_000,
    })
    expect(Object.keys(made)).not.toContain('topics')
  })

  it('keeps on a repeat what is left out', () => {
    const existing = parseInstallation({ ...given, topics: ['issue'], projects: ['web', 'web'] }, context)
    const later = { now: 2_000, uuid: otherUuid, existing }
    expect(existing.projects).toEqual(['web'])
    expect(parseInstallation(given, later)).toEqual(existing)
    expect(parseInstallation({ ...given, topics: ['comment'] }, later)).toEqual({ ...existing, topics: ['comment'] })
  })

  it.each([
    ['an unknown field', { project: 'web' }, 'INSTALLATION_INVALID: the installation has no field "project"'],
    ['no integration', { integration: undefined }, 'SLUG_INVALID: integration'],
    ['no organisation', { organization: '' }, 'ORGANIZATION_INVALID: organization'],
    ['a bad topic', { topics: ['No'] }, 'TOPIC_INVALID: '],
    ['a project that is no text', { projects: [7] }, 'INSTALLATION_INVALID: projects[0]'],
    ['too many projects', { projects: Array(257).fill('a') }, 'INSTALLATION_INVALID: projects'],
    ['a bad uuid', { uuid: 'x' }, 'INSTALLATION_INVALID: uuid'],
  ])('refuses %s by name', (_, fields, fact) => {
    expect(() => parseInstallation({ ...given, ...fields }, context)).toThrow(fact)
  })

  it('refuses another uuid for what is installed', () => {
    const existing = parseInstallation(given, context)
    expect(() => parseInstallation({ ...given, uuid: otherUuid }, { ...context, existing })).toThrow(
      'cannot be changed',
    )
  })
})

describe('parseEmit', () => {
  const given = { topic: 'invoice.paid', organization: 'acme', data: { id: 42 } }

  it('gives a draft with exactly what was given', () => {
    expect(parseEmit(given)).toEqual(given)
    const all = {
      ...given,
      project: 'shop',
      actor: { type: 'integration', integration: 'acme-bot' },
      subject: { type: 'invoice', id: '42' },
    }
    expect(parseEmit(all)).toEqual(all)
  })

  it('gives a topic its present name', () => {
    expect(parseEmit({ ...given, topic: 'issue.archived' }).topic).toBe('issue.ignored')
  })

  it('leaves behind what is not part of an actor', () => {
    const actor = { type: 'user', id: 7, name: 'Grace', email: 'grace@acme.dev' }
    expect(parseEmit({ ...given, actor }).actor).toEqual({ type: 'user', id: 7, name: 'Grace' })
  })

  it('takes a user whose name the host does not know any more', () => {
    for (const name of [undefined, null])
      expect(parseEmit({ ...given, actor: { type: 'user', id: 7, name } }).actor).toEqual({ type: 'user', id: 7 })
  })

  it.each([
    ['an unknown field', { porject: 'x' }, 'EVENT_INVALID: the event has no field "porject"'],
    ['a malformed topic', { topic: 'paid' }, 'TOPIC_INVALID: '],
    ['an unknown action', { topic: 'issue.exploded' }, 'TOPIC_UNKNOWN: '],
    ['an installation topic', { topic: 'installation.created' }, 'TOPIC_RESERVED: '],
    ['an unknown installation topic', { topic: 'installation.moved' }, 'TOPIC_RESERVED: '],
    ['no organisation', { organization: undefined }, 'ORGANIZATION_INVALID: '],
    ['no data', { data: undefined }, 'EVENT_INVALID: data must be an object'],
    ['data that is a list', { data: [] }, 'EVENT_INVALID: data must be an object'],
    ['data that is null', { data: null }, 'EVENT_INVALID: data must be an object'],
    ['a project that is no text', { project: 7 }, 'EVENT_INVALID: project'],
    ['an actor of another kind', { actor: { type: 'robot' } }, 'EVENT_INVALID: actor.type must be one of user'],
    ['a user whose id is a text', { actor: { type: 'user', id: '7', name: 'G' } }, 'EVENT_INVALID: actor.id'],
    ['a user with an empty name', { actor: { type: 'user', id: 7, name: '' } }, 'EVENT_INVALID: actor.name'],
    ['a user without an id', { actor: { type: 'user', name: 'G' } }, 'EVENT_INVALID: actor.id'],
    [
      'an integration that is no slug',
      { actor: { type: 'integration', integration: 'A' } },
      'SLUG_INVALID: actor.integration',
    ],
    ['a subject whose id is a number', { subject: { type: 'invoice', id: 42 } }, 'EVENT_INVALID: subject.id'],
    ['a subject without a type', { subject: { id: '42' } }, 'EVENT_INVALID: subject.type'],
  ])('refuses %s by name', (_, fields, fact) => {
    expect(() => parseEmit({ ...given, ...fields })).toThrow(fact)
  })
})

describe('checkOrganization', () => {
  it('accepts 1 to 128 characters', () => {
    expect(checkOrganization('a')).toBe('a')
    expect(checkOrganization('ö'.repeat(128))).toHaveLength(128)
  })

  it.each(['', 'a'.repeat(129), 'a\nb', '\ud83d', 7, null, undefined])('refuses %j', (value) => {
    expect(() => checkOrganization(value)).toThrow(/^ORGANIZATION_INVALID: organization/)
  })
})

function anIntegration(): Integration {
  const fields = {
    name: 'Acme Bot',
    status: 'published',
    topics: ['comment'],
    owners: [{ email: 'ops@acme.dev' }],
    headers: { 'X-A': '1' },
    uuid,
  }
  return integrationWith(fields)()
}
