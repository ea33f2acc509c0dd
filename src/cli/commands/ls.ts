import type { Call, Command, Result } from '../command.ts'
import { connect } from '../engine/connect.ts'
import { besideFolder, folderLines } from '../engine/folder-facts.ts'
import { spanText, stateText, table, timeText } from '../words.ts'
import type { DashboardList, ListRow } from '../../adapters/dashboard/wire.ts'

const states = ['healthy', 'degraded', 'broken', 'disabled', 'paused', 'quarantined'] as const
const orders = ['severity', 'name', 'since', 'ledger', 'waiting'] as const

/** `hookward ls`. */
export const ls: Command = {
  name: 'ls',
  about: 'list integrations, the worst first',
  asksEngine: true,
  flags: {
    state: { kind: states, about: 'those in this state' },
    search: { kind: 'text', about: 'those whose slug, name or organisation holds this' },
    sort: { kind: orders, about: 'in another order' },
    limit: { kind: 'number', about: 'so many at the most, up to 1000 (100)' },
  },
  json: { shape: 'DashboardList & FromFolder' },
  examples: ['ls', 'ls --state broken --json'],
  run: async (call) => listed(call),
}

async function listed(call: Call): Promise<Result> {
  const { flags, terminal } = call
  const query = {
    state: flags.word('state', states),
    q: flags.text('search'),
    sort: flags.word('sort', orders),
    limit: flags.number('limit'),
  }
  const engine = await connect(call)
  const list = await engine.get<DashboardList>('list', query)
  const { rows, matching, at, outage } = list
  const head = ['INTEGRATION', 'STATE', 'FOR', 'WAITING', 'HELD', 'DEAD', 'LAST DAY', 'WHY']
  const more = matching > rows.length ? [`${matching - rows.length} more: raise --limit, or narrow by --search`] : []
  const frozen = outage === undefined ? [] : [`Our own side is down since ${timeText(outage.at)}: nothing is judged.`]
  const lines = [
    ...frozen,
    ...table(
      terminal,
      head,
      rows.map((row) => cellsOf(row, at, (text) => stateText(terminal, text))),
    ),
  ]
  const told = rows.length === 0 ? [...frozen, 'no integrations'] : [...lines, ...more]
  return { value: besideFolder(list, engine.folder), lines: [...folderLines(engine.folder), ...told] }
}

function cellsOf(row: ListRow, at: number, paint: (state: string) => string) {
  const { integration, state, since, waiting, inFlight, held, dead, rate, summary } = row
  return [
    integration,
    { text: state, paint },
    spanText(at - since),
    String(waiting + inFlight),
    String(held),
    String(dead),
    rate === null ? '-' : `${rate.ok} ok, ${rate.failed} failed`,
    state === 'paused' ? `by hand; before that ${summary}` : summary,
  ]
}
