import type { LedgerEntry, LedgerPage } from '../../domain/ledger.ts'
import type { Call, Command, Result } from '../command.ts'
import { connect } from '../engine/connect.ts'
import { folderLines } from '../engine/folder-facts.ts'
import type { Flag } from '../flags.ts'
import { table, timeText } from '../words.ts'
import { slug } from './slug.ts'

const flags: Readonly<Record<string, Flag>> = {
  limit: { kind: 'number', about: 'so many at the most, up to 1000 (100)' },
  after: { kind: 'text', about: 'the next of the part before' },
}
const common = { args: [slug], asksEngine: true, flags, json: { shape: 'LedgerPage' } } as const

/** `hookward held`. */
export const held: Command = {
  ...common,
  name: 'held',
  about: 'its deliveries that are held, oldest first: why, since when and until when',
  run: (call) => page(call, 'held'),
}

/** `hookward dead`. */
export const dead: Command = {
  ...common,
  name: 'dead',
  about: 'its dead letters, newest first',
  run: (call) => page(call, 'dead'),
}

async function page(call: Call, part: 'held' | 'dead'): Promise<Result> {
  const { args, flags, terminal } = call
  const query = { slug: args[0], limit: flags.number('limit'), after: flags.text('after') }
  const engine = await connect(call)
  const found = await engine.get<LedgerPage>(part, query)
  const { entries, count, next } = found
  const more = next === undefined ? [] : [`${entries.length} of ${count}; the rest by --after ${next}`]
  const head = ['SINCE', 'DELIVERY', 'TOPIC', 'WHY', 'TRIES', 'EXPIRES', 'LAST']
  const told = count === 0 ? ['none'] : [...table(terminal, head, entries.map(cellsOf)), ...more]
  return { value: found, lines: [...folderLines(engine.folder, ''), ...told] }
}

function cellsOf({ since, deliveryId, topic, reason, attempts, last, expiresAt }: LedgerEntry): readonly string[] {
  const expires = timeText(expiresAt).slice(0, 10)
  return [timeText(since), deliveryId, topic, reason, String(attempts), expires, last?.code ?? '-']
}
