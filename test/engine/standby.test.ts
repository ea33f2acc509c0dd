import { copyFile, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHookward, type AnyEvent, type Hookward, type HookwardOptions } from '../../src/index.ts'
import { startReceiver } from '../support/receiver.ts'
import { aFolder, until } from '../support/world.ts'

describe('a process that stands by', () => {
  it('is up at once, and what it emits arrives through the holder under the id it was told', async () => {
    const { receiver, holder, another } = await aPair()
    const second = await another()
    expect([holder.isStandby(), second.isStandby()]).toEqual([false, true])
    const result = await paid(second, 1)
    expect(result).toEqual({ ...counts, eventId: expect.stringMatching(/^evt_[0-9a-f]{32}$/) as string })
    await receiver.received(1)
    expect(numbers(receiver)).toEqual([1])
    const [entry] = await logged(holder)
    expect(entry?.eventId).toBe(result.eventId)
  })

  it('takes both flows, and refuses bad events itself', async () => {
    const { receiver, another } = await aPair()
    const second = await another()
    await second.notifyComment({ organization: 'acme', action: 'created', comment: { id: 7, text: 'hi' } })
    await second.notifyWorkflow({ organization: 'acme', action: 'created', issue: { id: '100' } })
    await receiver.received(2)
    expect(receiver.requests.map(({ headers }) => headers['sentry-hook-resource'])).toEqual(['comment', 'issue'])
    const emit = (data: unknown, options = {}) =>
      second.emit({ topic: 'invoice.paid', organization: 'acme', data } as never, options)
    await expect(emit({ at: 1n })).rejects.toMatchObject({ code: 'EVENT_NOT_JSON' })
    await expect(emit({ text: 'x'.repeat(262_100) })).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' })
    await expect(emit({}, { key: '' })).rejects.toMatchObject({ code: 'EVENT_INVALID' })
    await expect(emit([])).rejects.toMatchObject({ code: 'EVENT_INVALID' })
  })

  it('refuses whatever asks or steers, and names the process that can be asked', async () => {
    const { another, dir } = await aPair()
    const second = await another()
    const refusal = { code: 'STANDBY', fact: expect.stringContaining(`process ${process.pid} on `) as string }
    const asking = [
      () => second.integrations.put({} as never),
      () => second.installations.install({} as never),
      () => second.explain('bot'),
      () => second.overview(),
      () => second.replay('bot', {} as never),
    ]
    for (const ask of asking) await expect(ask()).rejects.toMatchObject(refusal)
    for (const ask of [() => second.integrations.list(), () => second.shadow(), () => second.inspect(() => undefined)])
      expect(ask).toThrow(expect.objectContaining({ code: 'STANDBY' }) as Error)
    expect((await second.handler(new Request('http://127.0.0.1/enable'))).status).toBe(503)
    expect(() => second.on('no such event' as never, () => undefined)).toThrow('OPTION_INVALID')
    await second.idle()
    await second.stop()
    await expect(paid(second, 1)).rejects.toMatchObject({ code: 'ENGINE_STOPPED' })
    expect(await readdir(join(dir, 'spool')).catch(() => [])).toEqual([])
  })

  it('takes over when the holder has gone: it sets up, says so, and has an engine from then on', async () => {
    const { receiver, holder, another } = await aPair()
    const setUps: string[] = []
    const second = await another({ setUp: (hookward) => void setUps.push(hookward.integrations.get('bot').id) })
    const heard: string[] = []
    second.on('holding', () => heard.push('holding'))
    second.on('delivered', () => heard.push('delivered'))
    second.on('delivered', () => heard.push('taken off'))()
    await holder.stop()
    await until(() => !second.isStandby())
    await second.idle()
    expect(await paid(second, 1)).toMatchObject({ deliveries: 1 })
    await receiver.received(1)
    await second.idle()
    expect([setUps, heard]).toEqual([['bot'], ['holding', 'delivered']])
    expect(second.integrations.list()).toHaveLength(1)
  })

  it('keeps the order of what it emits while it takes over', async () => {
    const { receiver, holder, another } = await aPair({ ordered: true })
    const second = await another()
    const emitted: Promise<unknown>[] = []
    let hasEngine = false
    const emit = async () => {
      const { handedOver } = await paid(second, emitted.length)
      hasEngine ||= handedOver === undefined
    }
    const emitting = async () => {
      while (emitted.length < 20 || !hasEngine) {
        emitted.push(emit())
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      for (let n = 0; n < 20; n += 1) emitted.push(emit())
    }
    await Promise.all([emitting(), until(() => emitted.length > 10).then(() => holder.stop())])
    await Promise.all(emitted)
    await second.idle()
    expect(numbers(receiver)).toEqual(emitted.map((_, n) => n))
  })
})

describe('an event in the spool', () => {
  it('is on disk when emit resolves, and a later process takes it up, with or without standby', async () => {
    for (const options of [{}, { standby: false, lockWaitMs: 0 }]) {
      const { receiver, holder, another, start, dir } = await aPair({ takesUp: false })
      const second = await another()
      await paid(second, 1)
      await second.stop()
      const [file = ''] = await readdir(join(dir, 'spool'))
      expect(await readFile(join(dir, 'spool', file), 'utf8')).toContain('invoice.paid')
      await holder.stop()
      const third = await start(options)
      await third.idle()
      expect(numbers(receiver)).toEqual([1])
      expect(await readdir(join(dir, 'spool'))).toEqual([])
    }
  })

  it('is accepted once, though its file is found again', async () => {
    const { receiver, holder, another, start, dir } = await aPair({ takesUp: false })
    const second = await another()
    await Promise.all([paid(second, 1), paid(second, 2, { key: 'k' })])
    await second.stop()
    const [file = ''] = await readdir(join(dir, 'spool'))
    await copyFile(join(dir, 'spool', file), join(dir, 'copy'))
    await holder.stop()
    for (let n = 0; n < 2; n += 1) {
      const third = await start()
      await third.idle()
      await third.stop()
      await copyFile(join(dir, 'copy'), join(dir, 'spool', file))
    }
    expect(numbers(receiver)).toEqual([1, 2])
  })

  it('honours its key: the same event is accepted once, another one is set aside and told', async () => {
    const { receiver, holder, another, dir } = await aPair()
    const told = toldBy(holder)
    const second = await another()
    await paid(holder, 1, { key: 'k' })
    await paid(second, 1, { key: 'k' })
    await paid(second, 2, { key: 'k' })
    await until(() => told.length > 0)
    await holder.idle()
    expect(numbers(receiver)).toEqual([1])
    expect(told).toMatchObject([{ fact: expect.stringContaining('IDEMPOTENCY_CONFLICT') as string }])
    const kept = (await readdir(join(dir, 'quarantine'))).filter((name) => !name.endsWith('.json'))
    const texts = await Promise.all(kept.map((name) => readFile(join(dir, 'quarantine', name), 'utf8')))
    expect(texts).toEqual([expect.stringContaining('"data":{"n":2}')])
  })

  it('is taken up as far as its file is sound: the rest is set aside and told', async () => {
    const { receiver, holder, another, dir } = await aPair({ takesUp: false })
    const second = await another()
    await Promise.all([1, 2, 3].map((n) => paid(second, n)))
    await second.stop()
    const [file = ''] = await readdir(join(dir, 'spool'))
    const text = await readFile(join(dir, 'spool', file), 'utf8')
    await writeFile(join(dir, 'spool', file), text.replace('"n":2', '"n":9'))
    await holder.stop()
    const third = await createHookward({ ...usual(dir), standby: true })
    onTestFinished(() => third.stop({ graceMs: 0 }))
    const told = toldBy(third)
    await third.idle()
    expect(numbers(receiver)).toEqual([1, 3])
    expect(told).toMatchObject([{ file, fact: expect.stringContaining('1 of 3 lines') as string }])
    const cut = text.slice(0, text.lastIndexOf('["'))
    await writeFile(join(dir, 'spool', file), cut)
    await writeFile(join(dir, 'spool', 'notes.txt'), 'hello')
    await third.idle()
    expect(told.slice(1)).toMatchObject([
      { file: 'notes.txt' },
      { file, fact: expect.stringContaining('not the') as string },
    ])
    expect(await readdir(join(dir, 'spool'))).toEqual([])
    expect(await readdir(join(dir, 'quarantine'))).toContain('notes.txt.1')
    expect(numbers(receiver)).toEqual([1, 3, 2])
  })

  it('waits there while the store is full, with all that its process emits after it', async () => {
    const { receiver, another, start, holder, dir } = await aPair({ ordered: true, takesUp: false })
    const second = await another()
    for (let n = 0; n < 3; n += 1) await paid(second, n)
    await second.stop()
    await holder.stop()
    receiver.answer('hang')
    const third = await start({ backlogBytesMax: 400 })
    await receiver.received(1)
    expect((await readdir(join(dir, 'spool'))).length).toBeGreaterThan(0)
    receiver.answer(200)
    receiver.release()
    await until(() => receiver.requests.length === 3)
    await third.idle()
    expect(numbers(receiver)).toEqual([0, 1, 2])
  })
})

describe('the bounds of the spool', () => {
  it.each([
    ['files', { spoolFilesMax: 2 }],
    ['bytes', { spoolBytesMax: 400 }],
  ])('refuse an event when there is no room for its %s, and take events again when there is', async (_, standby) => {
    const { receiver, holder, another, start, dir } = await aPair({ takesUp: false })
    const second = await another({ standby })
    await paid(second, 1)
    await paid(second, 2)
    await expect(paid(second, 3)).rejects.toMatchObject({ code: 'SPOOL_FULL' })
    expect(await readdir(join(dir, 'spool'))).toHaveLength(2)
    await holder.stop()
    const third = await start()
    await third.idle()
    await until(() => receiver.requests.length === 2)
    await paid(second, 3)
    await until(() => receiver.requests.length === 3)
    expect(numbers(receiver)).toEqual([1, 2, 3])
  })

  it('count what waits to be written, too', async () => {
    const { another } = await aPair({ takesUp: false })
    const second = await another({ standby: { spoolBytesMax: 1_000 } })
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => paid(second, n)))
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    expect(refused.length).toBeGreaterThan(10)
    expect(refused[0]).toMatchObject({ code: 'SPOOL_FULL' })
  })

  it('are not the only ones: a disk that takes nothing is SPOOL_FAILED, and the next event is tried anew', async () => {
    const { another, dir, receiver } = await aPair()
    const second = await another()
    await writeFile(join(dir, 'spool'), 'in the way')
    await expect(paid(second, 1)).rejects.toMatchObject({
      code: expect.stringMatching(/^(SPOOL_FAILED|STORE_)/) as string,
    })
    await rm(join(dir, 'spool'))
    await paid(second, 2)
    await receiver.received(1)
    expect(numbers(receiver)).toEqual([2])
  })
})

describe('setUp', () => {
  it('comes before anything that was spooled, and what it throws at the start is thrown, with the folder left free', async () => {
    const { receiver, holder, another, start, dir } = await aPair({ takesUp: false })
    const second = await another()
    await paid(second, 1)
    await second.stop()
    await holder.stop()
    const failing = start({
      setUp: () => {
        throw new Error('not today')
      },
    })
    await expect(failing).rejects.toThrow('not today')
    expect(numbers(receiver)).toEqual([])
    const third = await start({ standby: false, lockWaitMs: 0, setUp: (hookward) => paid(hookward, 0) })
    await third.idle()
    expect(numbers(receiver)).toEqual([0, 1])
    expect(await readdir(dir)).toContain('lock.json')
  })

  it('is tried again when it fails while its process takes over, and events wait in the spool', async () => {
    const { receiver, holder, another } = await aPair()
    let calls = 0
    const lines: string[] = []
    const logger = {
      info: () => undefined,
      warn: () => undefined,
      error: (_: object, fact: string) => lines.push(fact),
    }
    const setUp = () => {
      calls += 1
      if (calls === 1) throw new Error('not yet')
    }
    const second = await another({ setUp, logger })
    await holder.stop()
    await until(() => calls === 1)
    expect(await paid(second, 1)).toMatchObject({ handedOver: true })
    await receiver.received(1)
    expect([calls, lines]).toEqual([2, ['taking over, or taking up the spool, failed']])
  })
})

it('refuses options that cannot be meant', async () => {
  const dir = await aFolder()
  const making = (options: object) => createHookward(options as HookwardOptions)
  await expect(making({ store: {}, standby: true })).rejects.toThrow('standby needs dir')
  await expect(making({ dir, standby: true, lockWaitMs: 5 })).rejects.toThrow('lockWaitMs says nothing beside standby')
  await expect(making({ dir, standby: { spoolBytesMax: 0 } })).rejects.toThrow('standby.spoolBytesMax must be')
  await expect(making({ dir, standby: { bytes: 5 } })).rejects.toThrow('standby has no field "bytes"')
  await expect(making({ dir, setUp: 5 })).rejects.toThrow('setUp must be a function')
})

const counts = { deliveries: 0, filtered: 0, duplicate: false, handedOver: true }

/**
 * A holder with an integration, and a way to put processes beside it. `takesUp: false`: a holder that leaves the spool
 * alone, as one without `standby` does.
 */
async function aPair({ ordered = false, takesUp = true }: { ordered?: boolean; takesUp?: boolean } = {}) {
  const [dir, receiver] = [await aFolder(), await startReceiver()]
  onTestFinished(() => receiver.close())
  const start = async (options: Partial<HookwardOptions> = {}) => {
    const hookward = await createHookward({ ...usual(dir), standby: true, ...options })
    onTestFinished(() => hookward.stop({ graceMs: 0 }))
    return hookward
  }
  const holder = await start(takesUp ? {} : { standby: false })
  const there = { slug: 'bot', organization: 'acme', url: receiver.url, secret: 'a secret that both know' }
  const order = ordered ? ({ ordered: { by: 'integration' } } as const) : {}
  await holder.integrations.put({ ...there, ...order, topics: ['invoice', 'comment', 'issue'] })
  await holder.installations.install({ integration: 'bot', organization: 'acme' }, { announce: false })
  return { dir, receiver, holder, start, another: start }
}

function usual(dir: string): HookwardOptions {
  return { dir, network: { allow: ['127.0.0.0/8'] } }
}

function paid(hookward: Hookward, n: number, options: { readonly key?: string } = {}) {
  return hookward.emit({ topic: 'invoice.paid', organization: 'acme', data: { n } }, options)
}

/** What was sent, as it came. */
function numbers({ requests }: { readonly requests: readonly { readonly body: Buffer }[] }): readonly number[] {
  return requests.map(({ body }) => (JSON.parse(String(body)) as { data: { n: number } }).data.n)
}

async function logged(hookward: Hookward) {
  await hookward.idle()
  return hookward.log('bot')
}

function toldBy(hookward: Hookward): readonly Extract<AnyEvent, { type: 'spool.refused' }>[] {
  const told: Extract<AnyEvent, { type: 'spool.refused' }>[] = []
  hookward.on('spool.refused', (event) => told.push({ type: 'spool.refused', ...event }))
  return told
}
