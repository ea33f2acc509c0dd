import { expect, it } from 'vitest'
import { memoryStore, type Outcome, type Transport } from '../../src/index.ts'
import { startWorld, turns } from '../support/world.ts'

it('keeps half of all places for quick integrations while 128 others hang', async () => {
  const wire = aHangingWire()
  const { hookward, clock } = await startWorld({ store: memoryStore(), transport: wire.transport })
  const register = async (slug: string) => {
    const url = `https://${slug}.example.com/`
    await hookward.integrations.put({
      slug,
      organization: 'acme',
      url,
      secret: 'a secret of many characters',
      topics: ['load'],
    })
    await hookward.installations.install({ integration: slug, organization: slug }, { announce: false })
  }
  const emit = (organization: string) => hookward.emit({ topic: 'load.made', organization, data: {} })
  const names = Array.from({ length: 128 }, (_, n) => `slow-${n}`)
  for (const name of [...names, 'quick']) await register(name)
  for (const name of names) for (let n = 0; n < 8; n += 1) await emit(name)
  await turns()
  expect(wire.underWay()).toBe(512)
  clock.advanceBy(1_000)
  for (let n = 0; n < 4; n += 1) await emit('quick')
  wire.end(300)
  await turns()
  expect(wire.started('quick')).toBe(4)
  expect(wire.underWay()).toBe(256 + 4)
  wire.end(Infinity)
})

/** Nothing sent over it ends before it is told to. */
function aHangingWire() {
  const flying: { readonly host: string; readonly end: () => void }[] = []
  const hosts: string[] = []
  let isEnding = false
  const attempt = ({ url }: { readonly url: string }) =>
    new Promise<Outcome>((resolve) => {
      const host = new URL(url).hostname.split('.')[0] ?? ''
      hosts.push(host)
      const end = () => resolve(timedOut)
      if (isEnding) end()
      else flying.push({ host, end })
    })
  const end = (count: number) => {
    isEnding = count === Infinity
    for (const one of flying.splice(0, count)) one.end()
  }
  const close = () => {
    end(Infinity)
    return Promise.resolve()
  }
  const transport: Transport = { attempt, close }
  return {
    transport,
    end,
    underWay: () => flying.length,
    started: (host: string) => hosts.filter((one) => one === host).length,
  }
}

const timedOut: Outcome = {
  kind: 'timeout',
  status: 0,
  code: 'DEADLINE',
  phase: 'head',
  durationMs: 1_000,
  body: '',
  bodyBytes: 0,
  truncated: false,
  headers: {},
}
