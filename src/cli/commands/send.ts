import type { DashboardIntegration } from '../../adapters/dashboard/wire.ts'
import type { SendResult } from '../../domain/event.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Call, Command, Result } from '../command.ts'
import { reasonOf } from '../confirm.ts'
import { connectToAct } from '../engine/connect.ts'
import { failed } from '../failure.ts'
import { inputOf } from '../input.ts'
import type { Terminal } from '../terminal.ts'
import { slug } from './slug.ts'

/** `hookward send`. */
export const send: Command = {
  name: 'send',
  about: 'send an event to this integration alone, whatever it hears, to see whether it works',
  args: [slug, { name: 'TOPIC', about: 'resource.action, for example invoice.paid' }],
  asksEngine: true,
  flags: {
    data: {
      kind: 'text',
      value: 'JSON',
      about: 'the data of the body, an object ({}); @FILE reads it from there, - from stdin',
    },
    organization: { kind: 'text', about: 'in which organisation; needed where it is installed in several' },
    project: { kind: 'text', about: 'the project it belongs to' },
    reason: { kind: 'text', about: 'why; it stands in the audit' },
  },
  json: { shape: 'SendResult' },
  examples: [
    `send acme-bot invoice.paid --data '{"total":"42.00"}' --reason "is it mended?"`,
    'send acme-bot invoice.paid --data @invoice.json --reason "is it mended?"',
  ],
  run: (call) => sent(call),
}

async function sent(call: Call): Promise<Result> {
  const { args, flags } = call
  const [id = '', topic = ''] = args
  const data = dataOf(await textOf(flags.text('data') ?? '{}', call.terminal))
  const given = { organization: flags.text('organization'), project: flags.text('project') }
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const engine = await connectToAct(call)
  const reason = await reasonOf(call)
  const value = await engine.act<SendResult>({ action: 'send', slug: id, reason, topic, data, ...named })
  const { explanation, standing } = await engine.get<DashboardIntegration>('integration', { slug: id })
  return { value, lines: [lineOf(id, value.deliveryId, standing?.gate === 'open' ? undefined : explanation.state)] }
}

/** Nothing goes to an integration that is shut, but as its next probe. */
function lineOf(id: string, delivery: string, shut: string | undefined): string {
  if (shut === undefined) return `${delivery} is on its way; npx hookward show ${id} ${delivery} tells how it ended`
  return `${delivery} waits with what is held, as ${id} is ${shut}; npx hookward probe ${id} sends one of them`
}

/** As it was given, or where it says that it stands. */
async function textOf(given: string, terminal: Terminal): Promise<string> {
  if (given === '-') return inputOf('-', terminal)
  return given.startsWith('@') ? inputOf(given.slice(1), terminal) : given
}

/** The engine looks at what it holds. */
function dataOf(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject
  } catch {
    throw failed('USAGE', '--data is not JSON')
  }
}
