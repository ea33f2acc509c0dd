import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHookward, type Explanation, type HookwardOptions } from '../../index.ts'
import { manualClock } from '../../testing/manual-clock.ts'
import { secret, slug } from '../playground/cast.ts'
import { startMailServer } from '../playground/mail-server.ts'
import { startReceiver } from '../playground/receiver.ts'
import type { Terminal } from '../terminal.ts'
import { aBadHour } from './bad-hour.ts'
import { aBadWeek } from './bad-week.ts'
import { Telling, type Scene } from './telling.ts'

/** Both stories, told to a terminal, in words or as lines of JSON. */
export async function tellDemo(terminal: Terminal, isJson: boolean): Promise<void> {
  const telling = new Telling(terminal, isJson)
  await play(telling, aBadWeek, { policy: 'sentry' })
  await play(telling, aBadHour, {})
}

/** A story on real sockets, real files and real mail; only the calendar is moved by hand. */
async function play(telling: Telling, story: (scene: Scene) => Promise<void>, options: HookwardOptions): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-demo-'))
  const receiver = await startReceiver(secret, `/${slug}`)
  const inbox = await startMailServer()
  const clock = manualClock()
  const hookward = await createHookward({
    dir,
    clock,
    mail: { url: inbox.url, from: 'Hooks <hooks@example.com>', baseUrl: 'https://host.example.com' },
    network: { allow: ['127.0.0.0/8'] },
    ...options,
  })
  const states: Explanation[] = []
  for (const name of ['degraded', 'broken', 'disabled', 'recovered'] as const)
    hookward.on(name, ({ explanation }) => states.push(explanation))
  try {
    await story({ hookward, receiver, inbox, clock, states, telling })
  } finally {
    await hookward.stop()
    await Promise.all([receiver.close(), inbox.close()])
    await rm(dir, { recursive: true, force: true })
  }
}
