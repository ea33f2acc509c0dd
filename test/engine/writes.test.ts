import { describe, expect, it } from 'vitest'
import { HookwardError } from '../../src/domain/errors.ts'
import { Activity } from '../../src/engine/activity.ts'
import { Backlog } from '../../src/engine/backlog.ts'
import { Writes } from '../../src/engine/writes.ts'
import type { Change, Store } from '../../src/index.ts'
import { tapped } from './tap.ts'

const change = (integrationId: string): Change => ({ at: 0, integrationId })
const idOf = ({ integrationId }: Change) => integrationId

describe('what is committed together', () => {
  it('is told to the store at once, and what follows from each is done in order', async () => {
    const calls: (readonly string[])[] = []
    const commitAll = (changes: readonly Change[]) => Promise.resolve(void calls.push(changes.map(idOf)))
    const { writes } = over({ commitAll })
    const followed: string[] = []
    writes.together(() => {
      for (const id of ['bot', 'chat']) void writes.commit(change(id), () => followed.push(id))
    })
    await writes.settled()
    expect([calls, followed]).toEqual([[['bot', 'chat']], ['bot', 'chat']])
  })

  it('is told change by change to a store that takes one at a time', async () => {
    const calls: string[] = []
    const { writes } = over({ commit: (one) => Promise.resolve(void calls.push(idOf(one))) })
    writes.together(() => {
      for (const id of ['bot', 'chat']) void writes.commit(change(id))
    })
    await writes.settled()
    expect(calls).toEqual(['bot', 'chat'])
  })

  it('is written before a call that comes in between, and what is committed after that by itself', async () => {
    const calls: string[] = []
    const commitAll = (changes: readonly Change[]) => Promise.resolve(void calls.push(changes.map(idOf).join('+')))
    const commit = (one: Change) => Promise.resolve(void calls.push(idOf(one)))
    const configure = () => Promise.resolve(void calls.push('catalogue'))
    const { writes } = over({ commit, commitAll, configure })
    writes.together(() => {
      for (const id of ['bot', 'chat']) void writes.commit(change(id))
      void writes.configure({ kind: 'uninstalled', uuid: 'anything' })
      void writes.commit(change('billing'))
    })
    await writes.settled()
    expect(calls).toEqual(['bot+chat', 'catalogue', 'billing'])
  })

  it('stops the engine when it cannot be written, and nothing follows from it', async () => {
    const { failures, writes } = over({ commitAll: () => Promise.reject(new Error('the disk is gone')) })
    const followed: string[] = []
    writes.together(() => {
      for (const id of ['bot', 'chat']) void writes.commit(change(id), () => followed.push(id))
    })
    await expect(writes.settled()).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
    expect([failures.map(({ code }) => code), followed]).toEqual([['ENGINE_FAILED'], []])
  })
})

it('goes on with the others when what follows from one throws, and stops the engine', async () => {
  const { failures, writes } = over({})
  const followed: string[] = []
  const fail = () => {
    throw new Error('a defect')
  }
  writes.together(() => {
    void writes.commit(change('bot'), fail)
    void writes.commit(change('chat'), () => followed.push('chat'))
  })
  await expect(writes.settled()).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
  expect([failures.map(({ fact }) => fact), followed]).toEqual([
    ['what follows from a write failed with an unexpected error'],
    ['chat'],
  ])
})

it('ends no host over a change that fails and that nobody waits for', async () => {
  const { writes } = over({ commit: () => Promise.reject(new Error('the disk is gone')) })
  void writes.commit(change('bot'))
  await expect(writes.settled()).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
  void writes.commit(change('bot'))
})

it('tells a refusal at once, though the call before it has not come back', async () => {
  const full = new HookwardError('STORE_BACKLOG_FULL', 'it is full')
  const { writes } = over({ commit: () => new Promise(() => undefined), append: () => Promise.reject(full) })
  void writes.commit(change('bot'))
  await expect(writes.append({ eventId: 'evt', at: 0, deliveries: [] }, () => undefined)).rejects.toBe(full)
})

it('refuses a change that moves a delivery it never heard of, and every call after it', async () => {
  const { writes } = over({})
  const settled = [{ id: 'dlv_unknown', next: 'delivered' }] as const
  await expect(writes.commit({ ...change('bot'), settled })).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
  await expect(writes.commit(change('bot'))).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
})

function over(calls: Partial<Store>): { readonly writes: Writes; readonly failures: readonly HookwardError[] } {
  const failures: HookwardError[] = []
  const store = { ...tapped(), commit: () => Promise.resolve(), ...calls }
  const writes = new Writes({
    store,
    backlog: new Backlog(),
    activity: new Activity(),
    onFailure: (failure) => failures.push(failure),
    onMoved: () => undefined,
    onTurn: () => undefined,
  })
  return { writes, failures }
}
