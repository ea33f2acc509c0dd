import { describe, expect, it } from 'vitest'
import type { HostEvent } from '../../src/domain/event.ts'
import type { Integration } from '../../src/domain/integration.ts'
import { orderOf } from '../../src/policy/ordering.ts'

describe('orderOf', () => {
  it.each<[string, Integration['ordered'], Partial<HostEvent>, string | undefined]>([
    ['nothing without the wish', undefined, { orderKey: 'a' }, undefined],
    ['one order for the whole integration', by('integration'), { orderKey: 'a' }, 'all'],
    ['an order for each key', by('key'), { orderKey: 'a', subject: { type: 'issue', id: '1' } }, 'key:a'],
    ['the subject when no key was given', by('key'), { subject: { type: 'issue', id: '1' } }, 'subject:issue:1'],
    ['nothing when there is neither', by('key'), {}, undefined],
    ['nothing for installation topics', by('integration'), { topic: 'installation.created' }, undefined],
  ])('gives %s', (_, ordered, event, order) => {
    expect(orderOf({ ordered } as Integration, { topic: 'load.made', ...event } as HostEvent)).toBe(order)
  })
})

function by(what: 'integration' | 'key') {
  return { by: what, blockingMaxMs: 0 }
}
