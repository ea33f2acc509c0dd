import { expect, it } from 'vitest'
import type { Logger } from '../../src/index.ts'
import { startWorld, turns } from '../support/world.ts'

it('tells each listener of a name, and those of all names, once per event', async () => {
  const { hookward, register, comment } = await startWorld()
  await register()
  const told: string[] = []
  hookward.on('delivered', ({ integration, attempt }) => told.push(`delivered ${integration} ${attempt}`))
  hookward.on('*', ({ type }) => told.push(`* ${type}`))
  hookward.on('disabled', () => told.push('never'))
  await comment()
  expect(told).toEqual(['delivered bot 1', '* delivered'])
})

it('takes off one listener and no other, though both are the same function', async () => {
  const { hookward, register, comment } = await startWorld()
  await register()
  let calls = 0
  const count = () => (calls += 1)
  const off = hookward.on('delivered', count)
  hookward.on('delivered', count)
  await comment()
  off()
  off()
  await comment()
  expect(calls).toBe(3)
})

it.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('a defect of the host')
    },
  ],
  ['rejects', () => Promise.reject(new Error('a defect of the host'))],
  [
    'throws what cannot be written',
    () => {
      throw Object.create(null)
    },
  ],
])('logs a listener that %s, and harms nobody', async (_, listener) => {
  const { logger, lines } = aLogger()
  const { hookward, events, register, comment } = await startWorld({ logger })
  await register()
  hookward.on('delivered', listener)
  const after: string[] = []
  hookward.on('delivered', ({ integration }) => after.push(integration))
  await comment()
  await comment()
  await turns()
  expect([events.length, after]).toEqual([2, ['bot', 'bot']])
  expect(lines.filter((line) => line.includes('a listener threw'))).toHaveLength(2)
})

it('lets a listener put on another, which hears the next event', async () => {
  const { hookward, register, comment } = await startWorld()
  await register()
  let calls = 0
  const listen = () => {
    calls += 1
    hookward.on('delivered', listen)
  }
  hookward.on('delivered', listen)
  await comment()
  await comment()
  expect(calls).toBe(1 + 2)
})

it('lets a listener call the engine', async () => {
  const { hookward, receiver, register, comment } = await startWorld()
  await register()
  const paused: Promise<unknown>[] = []
  hookward.on('degraded', ({ integration }) => paused.push(hookward.integrations.pause(integration)))
  receiver.answer(404)
  await comment()
  await Promise.all(paused)
  expect(await hookward.explain('bot')).toMatchObject({ state: 'paused' })
})

it('refuses a name that is never told, and a listener that cannot be called', async () => {
  const { hookward } = await startWorld()
  const on = (name: unknown, listener: unknown) => hookward.on(name as never, listener as never)
  for (const name of ['disbled', 'toString', '', undefined])
    expect(() => on(name, () => undefined)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }) as Error)
  expect(() => on('disbled', () => undefined)).toThrow(/known: .*disabled/)
  expect(() => on('delivered', undefined)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }) as Error)
})

it('goes on when the logger throws', async () => {
  const broken = () => {
    throw new Error('the log is full')
  }
  const { hookward, events, register, comment } = await startWorld({
    logger: { info: broken, warn: broken, error: broken },
  })
  await register()
  hookward.on('delivered', broken)
  await comment()
  expect(events.map(({ type }) => type)).toEqual(['delivered'])
})

function aLogger(): { readonly logger: Logger; readonly lines: readonly string[] } {
  const lines: string[] = []
  const line = (fields: object, fact: string) => void lines.push(`${fact} ${JSON.stringify(fields)}`)
  return { logger: { info: line, warn: line, error: line }, lines }
}
