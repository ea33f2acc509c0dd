import type { LogEntry } from '../domain/delivery.ts'
import type { Policy } from '../policy/health/policy.ts'
import { sentry } from '../policy/health/sentry.ts'
import { standard } from '../policy/health/standard.ts'
import type { SimulateOptions } from '../testing/simulate/check-options.ts'
import type { Fate } from '../testing/simulate/fate.ts'
import type { Recorded } from '../testing/simulate/replay.ts'
import { simulate } from '../testing/simulate/simulate.ts'
import { parseTrace } from '../testing/trace/lines.ts'
import { traces, type TraceName } from '../testing/trace/traces.ts'
import type { Call, Result } from './command.ts'
import { connect } from './engine/connect.ts'
import { failed } from './failure.ts'
import { inputOf } from './input.ts'
import type { Terminal } from './terminal.ts'
import { plain, stateText, table, timeText } from './words.ts'
import type { DashboardIntegration } from '../adapters/dashboard/wire.ts'

const policies = { standard, sentry } as const

/** Leads a log or a trace through a policy. */
export async function simulated(call: Call): Promise<Result> {
  const value = simulate({ candidate: policyOf(call), ...(await historyOf(call)) })
  const { policy, outcomes, letters, held, fates, compared } = value
  const sums = `${policy.name} ${policy.version}: ${outcomes} attempts, ${letters} notices to owners, ${held} deliveries held`
  const differing =
    compared === undefined
      ? []
      : [`saved: ${listOf(compared.saved)}; disabled besides: ${listOf(compared.newlyDisabled)}`]
  return { value, lines: [sums, ...differing, '', ...fateLines(call.terminal, fates)] }
}

function policyOf({ flags }: Call): Policy {
  const name = flags.word('policy', ['standard', 'sentry'] as const) ?? 'standard'
  const params = Object.fromEntries(flags.list('set').map(paramOf))
  return policies[name](params)
}

function paramOf(text: string): readonly [string, unknown] {
  const [, name = '', value = ''] = /^(\w+)=(.+)$/s.exec(text) ?? []
  try {
    return [name, JSON.parse(value)]
  } catch {
    throw failed('USAGE', '--set is not a name, = and JSON')
  }
}

async function historyOf(call: Call): Promise<Omit<SimulateOptions, 'candidate'>> {
  const [slug] = call.args
  const { history, trace } = { history: call.flags.text('history'), trace: call.flags.text('trace') }
  const seed = call.flags.number('seed') ?? 1
  if ([slug, history, trace].filter((one) => one !== undefined).length !== 1)
    throw failed('USAGE', 'one of SLUG, --history and --trace is to be given')
  if (slug !== undefined) return recordedOf(call, slug)
  const name = (Object.keys(traces) as readonly TraceName[]).find((one) => one === trace)
  if (name !== undefined) return { history: traces[name](seed), seed }
  if (trace !== undefined) return { history: parseTrace(await inputOf(trace, call.terminal)), seed }
  return { history: linesOf(await inputOf(history ?? '', call.terminal)) }
}

/** What the log still has of it, and what became of it. */
async function recordedOf(call: Call, slug: string): Promise<Omit<SimulateOptions, 'candidate'>> {
  const engine = await connect(call)
  const [history, { integration, transitions }] = await Promise.all([
    engine.get<readonly LogEntry[]>('log', { slug }),
    engine.get<DashboardIntegration>('integration', { slug }),
  ])
  return { history, happened: transitions, integrations: [integration] }
}

function linesOf(text: string): readonly Recorded[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line, n) => {
    try {
      return JSON.parse(line) as Recorded
    } catch {
      throw failed('FILE_UNREADABLE', `line ${n + 1} of the history is no JSON`)
    }
  })
}

function fateLines(terminal: Terminal, fates: readonly Fate[]): readonly string[] {
  const head = ['INTEGRATION', 'ENDS', 'ATTEMPTS', 'HELD', 'NOTICES', 'CHANGES']
  const rows = fates.map(({ integration, state, outcomes, held, letters, changes }) => [
    integration,
    { text: state, paint: (text: string) => stateText(terminal, text) },
    ...[String(outcomes), String(held), String(letters.length)],
    changes.map(({ at, to }) => `${timeText(at)} ${to}`).join(', ') || 'none',
  ])
  return table(terminal, head, rows)
}

function listOf(ids: readonly string[]): string {
  return ids.length === 0 ? 'nobody' : plain(ids.join(', '))
}
