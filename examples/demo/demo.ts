import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHookward, type Explanation, type HookwardOptions } from '../../src/index.ts'
import { manualClock } from '../../src/testing.ts'
import { aBadHour } from './bad-hour.ts'
import { aBadWeek } from './bad-week.ts'
import { startMailbox, startReceiver } from './stage.ts'
import { secret, type Scene } from './telling.ts'

/** A story on real sockets, real files and real mail; only the calendar is moved by hand. */
async function play(story: (scene: Scene) => Promise<void>, options: HookwardOptions): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-demo-'))
  const receiver = await startReceiver(secret)
  const mailbox = await startMailbox()
  const clock = manualClock()
  const hookward = await createHookward({
    dir,
    clock,
    mail: { url: mailbox.url, from: 'Hooks <hooks@example.com>', baseUrl: 'https://host.example.com' },
    network: { allow: ['127.0.0.0/8'] },
    ...options,
  })
  const states: Explanation[] = []
  for (const name of ['degraded', 'broken', 'disabled', 'recovered'] as const)
    hookward.on(name, ({ explanation }) => states.push(explanation))
  try {
    await story({ hookward, receiver, mailbox, clock, states })
  } finally {
    await hookward.stop()
    await Promise.all([receiver.close(), mailbox.close()])
    await rm(dir, { recursive: true, force: true })
  }
}

// Whoever stops reading early, as `head` does, has seen enough.
process.stdout.on('error', () => process.exit())
await play(aBadWeek, { policy: 'sentry' })
await play(aBadHour, {})
