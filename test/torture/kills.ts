import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { startReceiver, type ReceivedRequest } from '../support/receiver.ts'
import { startSmtp, type ReceivedMail } from '../support/smtp.ts'
import { bad, type Orders, type Plant, type Word } from './fleet.ts'
import { Judge, type Verdict } from './judge.ts'

/** The longest that an engine is let run, once it is up. */
const lifeMsMax = 1_200
/** Room for the numbers of one run's events. */
const eventsPerRun = 1_000_000

/** Kills a real process `kills` times at moments that the seed decides, restarts it each time, and judges the whole. */
export async function torture(kills: number, chance: () => number, plant: Plant | null): Promise<Verdict> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-torture-'))
  const [receiver, smtp] = await Promise.all([startReceiver(), startSmtp()])
  receiver.answer(({ path }) => (path.endsWith('-bad') ? 404 : chance() < 0.02 ? 503 : 200))
  const judge = new Judge()
  const orders = { dir: join(dir, 'data'), receiverUrl: receiver.url, smtpUrl: smtp.url, plant }
  const collect = () => {
    for (const request of (receiver.requests as ReceivedRequest[]).splice(0)) judge.request(request)
    for (const mail of (smtp.mails as ReceivedMail[]).splice(0)) judge.mail(mail)
  }
  for (let n = 0; n < kills; n += 1) {
    // Some die while they start; most under load.
    const lifeMs = chance() < 0.1 ? null : chance() * lifeMsMax
    await run(
      { ...orders, mode: 'load', from: n * eventsPerRun, left: bad[n % bad.length] ?? '' },
      judge,
      lifeMs,
      chance() * 600,
    )
    collect()
  }
  await run({ ...orders, mode: 'drain', from: 0, left: '' }, judge, undefined, 0)
  collect()
  await Promise.all([receiver.close(), smtp.close()])
  await rm(dir, { recursive: true, force: true })
  return judge.verdict()
}

/** `lifeMs`: killed so long after it came up; null: `startMs` after its process began; undefined: it ends by itself. */
async function run(orders: Orders, judge: Judge, lifeMs: number | null | undefined, startMs: number): Promise<void> {
  const program = join(import.meta.dirname, 'engine.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(orders)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  if (lifeMs === null) void sleep(startMs).then(() => child.kill('SIGKILL'))
  for await (const line of createInterface({ input: child.stdout })) {
    const word = parse(line)
    if (word === null) continue
    judge.hear(word)
    if (word.t === 'up' && typeof lifeMs === 'number') void sleep(lifeMs).then(() => child.kill('SIGKILL'))
  }
  await ended
}

/** The last line may have been cut off by the kill. */
function parse(line: string): Word | null {
  try {
    return JSON.parse(line) as Word
  } catch {
    return null
  }
}
