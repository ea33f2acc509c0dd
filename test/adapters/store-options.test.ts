import { expect, it } from 'vitest'
import { lowdbStore, type LowdbStoreOptions } from '../../src/adapters/lowdb/store.ts'

it.each([
  ['no options', undefined, 'the options of the store'],
  ['no folder', { dir: undefined }, 'dir'],
  ['a folder that is empty', { dir: '' }, 'dir'],
  ['a typo in a name', { durabilty: 'process' }, '"durabilty"'],
  ['a typo in a durability', { durability: 'disc' }, 'durability'],
  ['a typo in what to do about damage', { onDamage: 'quarantaine' }, 'onDamage'],
  ['a journal that is a text', { journal: 'false' }, 'journal'],
  ['a wait that is a text', { lockWaitMs: '500' }, 'lockWaitMs'],
  ['a wait below zero', { lockWaitMs: -1 }, 'lockWaitMs'],
  ['a backlog without an end', { backlogBytesMax: Infinity }, 'backlogBytesMax'],
  ['segments of no size', { segmentBytesMax: 0 }, 'segmentBytesMax'],
  ['checkpoints at a part of a millisecond', { checkpointMs: 0.5 }, 'checkpointMs'],
  ['no keys at all', { keysMax: 0 }, 'keysMax'],
])('a store refuses %s, by name and before it touches anything', (_, wrong, named) => {
  const options = wrong === undefined ? undefined : { dir: 'never-made', ...wrong }
  const make = () => lowdbStore(options as unknown as LowdbStoreOptions)
  expect(make).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }) as Error)
  expect(make).toThrow(named)
})
