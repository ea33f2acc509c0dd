import type { LogEntry } from '../../domain/delivery.ts'
import type { Call, Command, Result } from '../command.ts'
import { connect } from '../engine/connect.ts'
import { folderLines } from '../engine/folder-facts.ts'
import type { Terminal } from '../terminal.ts'
import { table, timeText } from '../words.ts'
import { slug } from './slug.ts'

/** `hookward log`. */
export const log: Command = {
  name: 'log',
  about: 'its latest requests, newest first',
  args: [slug],
  asksEngine: true,
  flags: {
    errors: { kind: 'boolean', about: 'failures only' },
    topic: { kind: 'text', about: 'of this topic' },
    organization: { kind: 'text', about: 'of events in this organisation' },
    since: { kind: 'moment', about: 'from this moment on: a date, or a span ago such as 2h' },
    until: { kind: 'moment', about: 'up to this moment' },
    limit: { kind: 'number', about: 'so many at the most, up to 100 (100)' },
  },
  json: { shape: 'LogEntry[]' },
  examples: ['log acme-bot --errors --since 2h'],
  run: (call) => logged(call),
}

async function logged(call: Call): Promise<Result> {
  const { args, flags, terminal } = call
  const engine = await connect(call)
  const entries = await engine.get<readonly LogEntry[]>('log', {
    slug: args[0],
    topic: flags.text('topic'),
    organization: flags.text('organization'),
    errorsOnly: flags.isSet('errors') ? true : undefined,
    from: flags.moment('since'),
    to: flags.moment('until'),
    limit: flags.number('limit'),
  })
  const told = entries.length === 0 ? ['no requests'] : entryTable(terminal, entries)
  return { value: entries, lines: [...folderLines(engine.folder, ''), ...told] }
}

/** Requests, a line each. */
export function entryTable(terminal: Terminal, entries: readonly LogEntry[]): readonly string[] {
  const paint = (became: string) => (text: string) =>
    became === 'delivered' ? terminal.paint(text, 'green') : terminal.paint(text, 'red')
  return table(
    terminal,
    ['AT', 'DELIVERY', 'TOPIC', 'TRY', 'OUTCOME', 'TOOK', 'BECAME'],
    entries.map(({ at, deliveryId, topic, attempt, outcome, durationMs, became }) => [
      timeText(at),
      deliveryId,
      topic,
      String(attempt),
      { text: outcome.code, paint: paint(outcome.kind === 'ok' ? 'delivered' : 'failed') },
      durationMs === undefined ? '-' : `${durationMs} ms`,
      became,
    ]),
  )
}
