import type { Call, Result } from '../command.ts'
import { lineOf, toldIn } from '../commands/tail.ts'
import { remoteEngine } from '../engine/remote.ts'
import type { Terminal } from '../terminal.ts'
import { jsonText, stateText } from '../words.ts'
import { slug } from './cast.ts'
import { startPlayground, type Playground } from './playground.ts'
import { moods } from './receiver.ts'

/** A line of `hookward dev --json`: the inbox has got a mail. */
export interface PlayedMail {
  readonly type: 'mail'
  readonly to: readonly string[]
  readonly subject: string
}

const usual = { speed: 60, everyMs: 1_000 } as const
const speedMax = 600

/** Plays until somebody quits. */
export async function play(call: Call, port: number): Promise<Result> {
  const { flags, terminal } = call
  const isBroken = flags.isSet('broken')
  const dir = flags.text('store')
  const playground = await startPlayground({
    port: flags.number('port') ?? port,
    policy: flags.word('policy', ['standard', 'sentry'] as const) ?? 'standard',
    speed: Math.min(speedMax, Math.max(1, flags.number('speed') ?? (isBroken ? 1 : usual.speed))),
    isBroken,
    ...(dir === undefined ? {} : { dir }),
  })
  const quit = new AbortController()
  const end = () => quit.abort()
  call.signal.addEventListener('abort', end)
  const everyMs = flags.number('every') ?? (isBroken ? 0 : usual.everyMs)
  const traffic = everyMs === 0 ? undefined : setInterval(() => void playground.send().catch(end), everyMs)
  const onKey = keysOf(playground, terminal, end)
  for (const line of greeting(playground.url)) terminal.say(line)
  const unlisten = terminal.keys(onKey)
  try {
    await follow(playground, call, quit.signal)
  } finally {
    clearInterval(traffic)
    unlisten()
    await playground.close()
  }
  return {}
}

function greeting(url: string): readonly string[] {
  return [
    `The dashboard:  ${url}`,
    `The inbox:      ${url}playground`,
    `In another terminal:  npx hookward ls${url.endsWith(':4774/') ? '' : ` --url ${url}`}`,
    `Keys: ${moods.map((mood, n) => `${n + 1} ${mood}`).join(', ')}, space sends an event, e enables, q quits.`,
  ]
}

/** A key, or a word where there are no keys. */
function keysOf({ receiver, hookward, send }: Playground, terminal: Terminal, quit: () => void): (key: string) => void {
  const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => terminal.say(String(error)))
  return (key) => {
    const mood = moods.find((name, n) => key === name || key === String(n + 1))
    if (mood !== undefined) {
      receiver.become(mood)
      terminal.say(`the receiver answers: ${mood}`)
    } else if (key === ' ' || key === 'send') void attempt(send())
    else if (key === 'e' || key === 'enable')
      void attempt(hookward.integrations.enable(slug, { by: 'playground', reason: 'a key was pressed' }))
    else if (key === 'q' || key === 'quit' || key === '\u0003') quit()
  }
}

/** Everything of the integration, through the dashboard as any other terminal would hear it; and its mails. */
async function follow(playground: Playground, { flags, terminal }: Call, signal: AbortSignal): Promise<void> {
  const isJson = flags.isSet('json')
  playground.inbox.onMail(({ to, subject }) => {
    const mail: PlayedMail = { type: 'mail', to, subject }
    terminal.out(isJson ? jsonText(mail) : `mail to ${to.join(', ')}: ${subject}`)
  })
  for await (const message of remoteEngine(playground.url, undefined, signal).listen(slug, signal)) {
    const told = toldIn(message)
    if (told === undefined) continue
    terminal.out(isJson ? jsonText(told) : lineOf(told, terminal))
    terminal.progress(await statusOf(playground, terminal))
  }
}

async function statusOf({ hookward, receiver, inbox }: Playground, terminal: Terminal): Promise<string> {
  const { integrations } = await hookward.overview()
  const one = integrations.find(({ integration }) => integration === slug)
  if (one === undefined) return ''
  const { state, held, waiting, dead } = one
  const counts = `${waiting} waiting, ${held} held, ${dead} dead, ${inbox.mails.length} mails`
  return `receiver ${receiver.mood} | ${slug} ${stateText(terminal, state)} | ${counts}`
}
