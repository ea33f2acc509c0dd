import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acquireLock } from '../../src/adapters/lowdb/lock.ts'

const lockModule = new URL('../../src/adapters/lowdb/lock.ts', import.meta.url).href
/** Asks for the lock, says how that ended, and then lives until it is killed. */
const program = `
  import { acquireLock } from ${JSON.stringify(lockModule)}
  process.stdin.resume()
  process.stdin.once('data', () => {
    acquireLock(process.argv[1], Number(process.argv[2])).then(
      () => console.log('held'),
      (error) => console.log(error.code),
    )
  })
  console.log('ready')
`

interface Contender {
  readonly process: ChildProcess
  readonly pid: number
  /** Asks for the lock now; gives `held`, or the code of the error. */
  readonly ask: () => Promise<string>
  readonly kill: () => Promise<void>
}

let folder: string
let contenders: Contender[]

async function aContender(waitMs = 0): Promise<Contender> {
  const args = ['--import', 'tsx', '--input-type=module', '-e', program, folder, String(waitMs)]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => String((await lines.next()).value)
  expect(await nextLine()).toBe('ready')
  const contender = {
    process: child,
    pid: Number(child.pid),
    ask: () => {
      child.stdin.write('go\n')
      return nextLine()
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
  contenders.push(contender)
  return contender
}

const path = () => join(folder, 'lock.json')
const holder = () => JSON.parse(readFileSync(path(), 'utf8')) as Record<string, unknown>
const rewrite = (parts: Record<string, unknown>) => {
  const before = holder()
  rmSync(path())
  writeFileSync(path(), JSON.stringify({ ...before, ...parts }))
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hookward-lock-'))
  contenders = []
})
afterEach(async () => {
  for (const contender of contenders) await contender.kill()
  rmSync(folder, { recursive: true, force: true })
})

describe('a free lock', () => {
  it('is taken, names its holder for its owner alone, and leaves nothing else in the folder', async () => {
    await acquireLock(folder, 0)
    expect(holder()).toMatchObject({ pid: process.pid, host: hostname() })
    expect(readdirSync(folder)).toEqual(['lock.json'])
    expect(statSync(path()).mode & 0o777).toBe(0o600)
  })

  it('is free again after its release, which may be repeated', async () => {
    const lock = await acquireLock(folder, 0)
    await lock.release()
    expect(readdirSync(folder)).toEqual([])
    await lock.release()
    await acquireLock(folder, 0)
  })

  it('cannot be made where there is no folder', async () => {
    const missing = acquireLock(join(folder, 'missing'), 0)
    await expect(missing).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' })
  })
})

describe('a lock that is held', () => {
  it('is refused to the process that holds it', async () => {
    const lock = await acquireLock(folder, 0)
    await expect(acquireLock(folder, 0)).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    expect(readdirSync(folder)).toEqual(['lock.json'])
    await lock.release()
  })

  it('is refused to another process with the pid and host of the holder', async () => {
    const child = await aContender()
    expect(await child.ask()).toBe('held')
    const refusal = acquireLock(folder, 0)
    await expect(refusal).rejects.toThrow(`held by process ${child.pid} on ${hostname()}`)
    await expect(refusal).rejects.toMatchObject({ code: 'STORE_LOCKED' })
  })

  it('is waited for', async () => {
    const lock = await acquireLock(folder, 0)
    const waiting = acquireLock(folder, 10_000)
    await lock.release()
    const second = await waiting
    await second.release()
    expect(existsSync(path())).toBe(false)
  })

  it('is not released by someone whose lock it no longer is', async () => {
    const lock = await acquireLock(folder, 0)
    rewrite({ token: 'another' })
    await lock.release()
    expect(holder()).toMatchObject({ token: 'another' })
  })

  it('stays with a process of another host, which cannot be looked at', async () => {
    await acquireLock(folder, 0)
    rewrite({ host: 'elsewhere', pid: 2 ** 22 + 1 })
    await expect(acquireLock(folder, 0)).rejects.toThrow(/on elsewhere, which cannot be looked at from here/)
  })

  it('stays with a process of another pid namespace, whose number means another process here', async () => {
    await acquireLock(folder, 0)
    rewrite({ namespace: 'pid:[1]', pid: 2 ** 22 + 1 })
    await expect(acquireLock(folder, 0)).rejects.toMatchObject({ code: 'STORE_LOCKED' })
  })

  it('is taken over from one that cannot be looked at once it has been silent for long enough', async () => {
    const first = await acquireLock(folder, 0)
    rewrite({ host: 'elsewhere', token: 'another' })
    const second = await acquireLock(folder, 10_000, 50)
    expect([await first.isHeld(), await second.isHeld()]).toEqual([false, true])
    await second.release()
  })

  it('stays as it is when it cannot be read', async () => {
    writeFileSync(path(), '')
    await expect(acquireLock(folder, 0)).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    expect(readFileSync(path(), 'utf8')).toBe('')
  })
})

describe('a lock whose holder is dead', () => {
  it('is taken over from a process that was killed', async () => {
    const child = await aContender()
    expect(await child.ask()).toBe('held')
    await child.kill()
    const lock = await acquireLock(folder, 0)
    expect(holder()).toMatchObject({ pid: process.pid })
    await lock.release()
  })

  it.runIf(existsSync('/proc/self/stat'))(
    'is taken over when its pid belongs to a younger process by now',
    async () => {
      await acquireLock(folder, 0)
      rewrite({ startedAt: '1' })
      await acquireLock(folder, 0)
      expect(holder()['startedAt']).not.toBe('1')
    },
  )

  it.runIf(existsSync('/proc/self/stat'))(
    'is taken over when the holder has ended but its parent has not noticed',
    async () => {
      // `exec` replaces the parent by a program that never asks how its child ended; the child ends after that.
      const child = 'until grep -q sleep /proc/$$/comm; do :; done'
      const script = `(${child}) & echo $!; exec sleep 60`
      const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [pid] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
      const fields = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      await expect.poll(() => fields()[0]).toBe('Z')
      await acquireLock(folder, 0)
      rewrite({ pid: Number(pid), startedAt: fields()[19] })
      await acquireLock(folder, 0)
      expect(holder()).toMatchObject({ pid: process.pid })
      parent.kill('SIGKILL')
      await once(parent, 'exit')
    },
  )

  it.runIf(existsSync('/proc/sys/kernel/random/boot_id'))(
    'is taken over when the machine has started anew',
    async () => {
      await acquireLock(folder, 0)
      rewrite({ bootId: 'an earlier start' })
      await acquireLock(folder, 0)
      expect(holder()['bootId']).not.toBe('an earlier start')
    },
  )

  it('goes to exactly one of several processes that find it at once', { timeout: 60_000 }, async () => {
    const first = await aContender()
    const others = await Promise.all(Array.from({ length: 5 }, () => aContender()))
    expect(await first.ask()).toBe('held')
    await first.kill()
    const answers = await Promise.all(others.map((other) => other.ask()))
    expect(answers.toSorted()).toEqual(['STORE_LOCKED', 'STORE_LOCKED', 'STORE_LOCKED', 'STORE_LOCKED', 'held'])
    expect(holder()['pid']).toBe(others[answers.indexOf('held')]?.pid)
  })

  it('goes to exactly one of many callers in one process, round after round', { timeout: 60_000 }, async () => {
    await acquireLock(folder, 0)
    for (let round = 0; round < 20; round += 1) {
      rewrite({ pid: 2 ** 22 + 1 })
      const answers = await Promise.allSettled(Array.from({ length: 6 }, () => acquireLock(folder, 0)))
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    }
  })

  it('is taken over past the claim of a process that died while it asked, and that claim is removed', async () => {
    await acquireLock(folder, 0)
    rewrite({ pid: 2 ** 22 + 1 })
    const claim = 'lock.json.00000000-0000-4000-8000-000000000000.claim'
    writeFileSync(join(folder, claim), readFileSync(path()))
    const lock = await acquireLock(folder, 0)
    expect(lock.removedFiles).toEqual([claim])
    expect(readdirSync(folder)).toEqual(['lock.json'])
  })
})
