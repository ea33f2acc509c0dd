import { describe, expect, it } from 'vitest'
import { memoryStore, type Mailer, type Store, type Transport } from '../../src/index.ts'
import { undiciTransport } from '../../src/adapters/undici/transport.ts'
import { nodemailerMailer } from '../../src/adapters/nodemailer/mailer.ts'
import { createNetwork } from '../../src/policy/network.ts'
import { mailerContract, storeContract, transportContract, type ContractCase } from '../../src/testing.ts'
import { expect as expected, expectRejection } from '../../src/testing/contracts/expect.ts'
import { suiteOf } from '../../src/testing/contracts/suite.ts'
import { startSmtp } from '../support/smtp.ts'

/** The titles of the cases that are not kept to. */
async function broken(cases: readonly ContractCase[]): Promise<readonly string[]> {
  const titles: string[] = []
  for (const { title, run } of cases) await run().catch(() => titles.push(title))
  return titles
}

/** A part that behaves like another one, but for a few of its methods. */
function like<T extends object>(own: T, other: Partial<T>): T {
  return new Proxy(own, {
    get: (target, name): unknown => {
      const value: unknown = Reflect.get(other, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

const flawedStores: readonly (readonly [string, (own: Store) => Partial<Store>, RegExp])[] = [
  [
    'forgets dead letters',
    (own) => ({ open: async () => ({ ...(await own.open()), dead: [] }) }),
    /keeps a dead letter with its body/,
  ],
  [
    'forgets successes without a record',
    (own) => ({ commit: ({ folded: _lost, ...change }) => own.commit(change) }),
    /adds up the successes since the last record/,
  ],
  [
    'takes every key as new',
    (own) => ({ append: ({ key: _key, ...batch }) => own.append(batch) }),
    /answers a known key with the first event/,
  ],
  [
    'shows the oldest first',
    (own) => ({ log: async (query) => [...(await own.log(query))].reverse() }),
    /gives entries back whole, newest first/,
  ],
  ['forgets its pulse', (own) => ({ open: async () => ({ ...(await own.open()), pulse: null }) }), /the pulse/],
]

describe('the contract of stores', () => {
  it.each(flawedStores)('notices one that %s', async (_what, flaw, title) => {
    const cases = storeContract((options) => {
      const own = memoryStore(options)
      const store = like(own, flaw(own))
      return { store: () => store, remove: () => undefined }
    })
    expect((await broken(cases)).some((one) => title.test(one))).toBe(true)
  })
})

describe('the contract of transports', () => {
  it.each<[string, (own: Transport) => Partial<Transport>, RegExp]>([
    [
      'takes a redirect for a success',
      (own) => ({ attempt: async (request) => ({ ...(await own.attempt(request)), kind: 'ok' }) }),
      /of 301 is redirect/,
    ],
    [
      'has no deadline',
      (own) => ({ attempt: (request) => own.attempt({ ...request, deadlineMs: 6_000 }) }),
      /ends silence/,
    ],
  ])('notices one that %s', { timeout: 60_000 }, async (_what, flaw, title) => {
    const network = createNetwork({ allow: ['127.0.0.0/8'] })
    const all = transportContract(() => {
      const own = undiciTransport({ network })
      return like(own, flaw(own))
    })
    // The others would only take their time.
    const cases = all.filter((one) => title.test(one.title))
    expect(cases).toHaveLength(1)
    expect(await broken(cases)).toHaveLength(1)
  })
})

describe('the contract of mailers', () => {
  it.each<[string, (own: Mailer) => Partial<Mailer>, RegExp]>([
    [
      'calls all failures passing',
      (own) => ({
        send: async (mail) => {
          const outcome = await own.send(mail)
          return outcome.kind === 'failed' ? { ...outcome, permanent: false } : outcome
        },
      }),
      /calls a 5xx answer to RCPT permanent/,
    ],
    [
      'makes up its own ids',
      (own) => ({ send: (mail) => own.send({ ...mail, messageId: `${Math.random()}@a.test` }) }),
      /keeps the Message-ID/,
    ],
  ])('notices one that %s', async (_what, flaw, title) => {
    const mailer = (options: { readonly url: string; readonly timeoutMs: number }) => {
      const own = nodemailerMailer({ ...options, from: 'ops@example.com' })
      return like(own, flaw(own))
    }
    const cases = mailerContract({ mailer, server: startSmtp }).filter((one) => title.test(one.title))
    expect(await broken(cases)).toHaveLength(1)
  })
})

describe('a case', () => {
  it('has a bench of its own, which is taken down also after a failure, and a title with its groups and its row', async () => {
    const seen: string[] = []
    const suite = suiteOf(
      () => Promise.resolve({ n: seen.push('open') }),
      () => Promise.resolve(void seen.push('close')),
    )
    suite.describe('outer', () => {
      suite.describe('inner', () => {
        suite.it.each([
          ['a', 1],
          ['b', 2],
        ])('is %s of %d', (_bench, name, n) => Promise.reject(new Error(`${name} of ${n}`)))
      })
    })
    suite.it('alone', () => Promise.resolve())
    expect(suite.cases.map(({ title }) => title)).toEqual([
      'outer > inner > is a of 1',
      'outer > inner > is b of 2',
      'alone',
    ])
    await expect(suite.cases[1]?.run()).rejects.toThrow('b of 2')
    await suite.cases[2]?.run()
    expect(seen).toEqual(['open', 'close', 'open', 'close'])
  })

  it.each<[string, () => unknown]>([
    ['toBe', () => expected({}).toBe({})],
    ['toEqual', () => expected({ a: 1, b: [new Uint8Array([1])] }).toEqual({ a: 1, b: [new Uint8Array([2])] })],
    ['toEqual of a map', () => expected(new Map([['a', 1]])).toEqual(new Map([['a', 2]]))],
    ['toMatchObject', () => expected({ a: { b: 1 } }).toMatchObject({ a: { b: 2 } })],
    ['toMatchObject of a list', () => expected([{ a: 1 }, { a: 2 }]).toMatchObject([{ a: 1 }])],
    ['toMatchObject of a text', () => expected({ a: 'text' }).toMatchObject({ a: /other/ })],
    ['toHaveLength', () => expected('ab').toHaveLength(3)],
    ['toContain', () => expected('ab').toContain('c')],
    ['not.toContain', () => expected([{ a: 1 }]).not.toContain({ a: 1 })],
    ['toHaveProperty', () => expected({ a: 1 }).toHaveProperty('b')],
    ['not.toHaveProperty', () => expected({ a: 1 }).not.toHaveProperty('a')],
    ['toBeAtLeast', () => expected(1).toBeAtLeast(2)],
    ['toBeAtMost', () => expected(2).toBeAtMost(1)],
  ])('fails where %s is not met', (_what, act) => {
    expect(act).toThrow(/^expected /)
  })

  it('passes where what is expected is the case', async () => {
    expected({ a: 1, b: undefined, c: Buffer.from('c') }).toEqual({ a: 1, c: new Uint8Array([99]) })
    expected({ a: [{ b: 1, c: 2 }], d: 3 }).toMatchObject({ a: [{ b: 1 }] })
    expected([{ a: 1 }]).toContain({ a: 1 })
    expected('text').not.toContain('other')
    await expectRejection(Promise.reject(new Error('no')), /no/)
    await expect(expectRejection(Promise.resolve(1), {})).rejects.toThrow('expected a rejection')
    await expect(expectRejection(Promise.reject(new Error('no')), { code: 'X' })).rejects.toThrow('and got')
  })
})
