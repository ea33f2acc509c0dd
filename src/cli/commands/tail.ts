import type { Call, Command, Result } from '../command.ts'
import { connect } from '../engine/connect.ts'
import type { Message } from '../engine/engine.ts'
import type { Terminal } from '../terminal.ts'
import { jsonText, plain, stateText, timeText } from '../words.ts'
import type { DashboardTold } from '../../adapters/dashboard/wire.ts'

/** A line of `hookward tail --json`: what happened, or how many attempts ended in the second before. */
export type Tailed = DashboardTold | Pulse

/** So many attempts ended in the second before. */
export interface Pulse {
  readonly type: 'pulse'
  readonly delivered: number
  readonly failed: number
}

/** `hookward tail`. */
export const tail: Command = {
  name: 'tail',
  about: 'what happens, as it happens: of all integrations in short, of one each attempt; until Ctrl-C',
  args: [{ name: 'SLUG', about: 'one integration', isOptional: true }],
  flags: { count: { kind: 'number', about: 'end after so many lines' } },
  asksEngine: true,
  json: { shape: 'Tailed', isLines: true },
  examples: ['tail acme-bot'],
  run: (call) => follow(call),
}

async function follow(call: Call): Promise<Result> {
  const { args, flags, signal, terminal } = call
  const most = flags.number('count') ?? Infinity
  const engine = await connect(call)
  let count = 0
  for await (const message of engine.listen(args[0], signal)) {
    const told = toldIn(message)
    if (message.event === 'hello') terminal.say(helloOf(message))
    if (told === undefined) continue
    terminal.out(flags.isSet('json') ? jsonText(told) : lineOf(told, terminal))
    count += 1
    if (count >= most) break
  }
  return {}
}

/** What of a message is told, if anything. */
export function toldIn({ event, data }: Message): Tailed | undefined {
  if (event === 'told') return data as unknown as DashboardTold
  if (event === 'pulse') return { type: 'pulse', ...(data as { delivered: number; failed: number }) }
  return undefined
}

function helloOf({ data }: Message): string {
  if (data['isNew'] === true) return 'listening; Ctrl-C ends it'
  return 'listening again; some of what happened meanwhile was missed'
}

/** It in a line. */
export function lineOf(told: Tailed, terminal: Terminal): string {
  if ('delivered' in told) return `${told.delivered} delivered, ${told.failed} failed`
  const { type, at, integration, deliveryId, topic, attempt, code, state, summary, hosts } = told
  const parts = [
    deliveryId,
    topic,
    attempt && `attempt ${attempt}`,
    code,
    state && stateText(terminal, state),
    summary && plain(summary),
    hosts && `${hosts} hosts`,
  ]
  const said = parts.filter((part) => part !== undefined)
  return [timeText(at), integration ?? '-', type, ...said].join('  ')
}
