import { present } from '../../adapters/dashboard/present.ts'
import type { LedgerEntry, LedgerPage, ReplayResult } from '../../domain/ledger.ts'
import { isAsked, parseReplay } from '../../policy/parse-ledger.ts'
import type { Call, Command, Result } from '../command.ts'
import { confirm, reasonOf } from '../confirm.ts'
import { connect, connectToAct } from '../engine/connect.ts'
import type { Engine } from '../engine/engine.ts'
import { besideFolder, folderLines, type FromFolder } from '../engine/folder-facts.ts'
import { failed } from '../failure.ts'
import { watched, type Watched } from '../progress.ts'
import { slug } from './slug.ts'

/** What `hookward replay --json` prints. */
export interface Replayed extends ReplayResult, FromFolder {
  /** How the first attempts ended, where they were waited for. */
  readonly watched?: Watched
}

/** `hookward replay`. */
export const replay: Command = {
  name: 'replay',
  about: 'send what is held or dead once more, oldest first; on a terminal it waits for the first attempts',
  args: [slug],
  asksEngine: true,
  confirms: true,
  flags: {
    which: { kind: ['held', 'dead', 'all'], about: 'which part of its ledger (all)' },
    id: { kind: 'text', about: 'this delivery', isMany: true },
    topic: { kind: 'text', about: 'of this topic, or this resource', isMany: true },
    'failed-since': {
      kind: 'moment',
      about: 'dead letters accepted at this moment or later; instead of --which and --since',
    },
    since: { kind: 'moment', about: 'accepted at this moment or later' },
    until: { kind: 'moment', about: 'accepted at this moment or earlier' },
    limit: { kind: 'number', about: 'the oldest so many, up to 10000 (1000)' },
    'per-second': { kind: 'number', about: 'so many a second, up to 1000 (10)' },
    fresh: { kind: 'boolean', about: 'each under an id of its own, for a receiver that lost what it took' },
    'dry-run': { kind: 'boolean', about: 'count, and send nothing' },
    wait: { kind: 'boolean', about: 'wait for the first attempts off a terminal, too' },
    reason: { kind: 'text', about: 'why; it stands in the audit' },
  },
  json: { shape: 'Replayed' },
  examples: ['replay acme-bot --failed-since 2d --reason "the receiver is mended" --yes'],
  run: (call) => replayed(call),
}

interface Chosen {
  readonly which: 'held' | 'dead' | 'all'
  readonly ids: readonly string[]
  readonly topics: readonly string[]
  readonly from: number | undefined
  readonly to: number | undefined
  readonly limit: number | undefined
}

async function replayed(call: Call): Promise<Result> {
  const { args, flags, terminal } = call
  const [id = ''] = args
  const chosen = chosenBy(call)
  const engine = await (flags.isSet('dry-run') ? connect(call) : connectToAct(call))
  const preview = await previewOf(engine, id, chosen)
  if (flags.isSet('dry-run') || preview.replayed === 0) {
    const value: Replayed = besideFolder(preview, engine.folder)
    return {
      value,
      lines: [...folderLines(engine.folder, id), lineOf(preview, flags.isSet('dry-run') ? 'would be' : 'are')],
    }
  }
  await confirm(call, `Send ${preview.replayed} deliveries to ${id} once more`)
  const reason = await reasonOf(call)
  const act = () => engine.act<ReplayResult>({ action: 'replay', slug: id, reason, ...bodyOf(call, chosen) })
  const isWaiting = terminal.showsProgress || flags.isSet('wait')
  if (!isWaiting) return resultOf(await act())
  const { result, outcome } = await watched({ engine, slug: id, terminal, signal: call.signal, act })
  return resultOf(result, outcome)
}

function chosenBy({ flags }: Call): Chosen {
  const failedSince = flags.moment('failed-since')
  const which = flags.word('which', ['held', 'dead', 'all'] as const)
  if (failedSince !== undefined && (which !== undefined || flags.text('since') !== undefined))
    throw failed('USAGE', '--failed-since says already which, and since when')
  return {
    which: which ?? (failedSince === undefined ? 'all' : 'dead'),
    ids: flags.list('id'),
    topics: flags.list('topic'),
    from: failedSince ?? flags.moment('since'),
    to: flags.moment('until'),
    limit: flags.number('limit'),
  }
}

/** The address of a preview takes no ids, as it would grow too long: then the ledger itself is gone through. */
async function previewOf(engine: Engine, slug: string, chosen: Chosen): Promise<ReplayResult> {
  const { which, topics, from, to, limit, ids } = chosen
  const topic = topics.length === 0 ? undefined : topics.join(',')
  if (ids.length === 0) return engine.get('preview', { slug, which, topics: topic, from, to, limit })
  const asked = parseReplay(termsOf(chosen))
  let matched = 0
  for (const part of which === 'all' ? (['held', 'dead'] as const) : ([which] as const))
    for await (const { deliveryId, topic, acceptedAt } of entriesOf(engine, slug, part))
      if (isAsked(asked, { id: deliveryId, topic, acceptedAt })) matched += 1
  const replayed = Math.min(matched, asked.limit)
  return { matched, replayed, skipped: matched - replayed }
}

async function* entriesOf(engine: Engine, slug: string, part: 'held' | 'dead'): AsyncIterable<LedgerEntry> {
  for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const page: LedgerPage = await engine.get(part, { slug, limit: 1_000, after })
    yield* page.entries
    after = page.next
  }
}

/** What of it is given to the engine: without what was not asked for. */
function termsOf({ which, ids, topics, from, to, limit }: Chosen): object {
  const lists = { ...(ids.length === 0 ? {} : { ids }), ...(topics.length === 0 ? {} : { topics }) }
  return { which, ...lists, ...present({ from, to, limit }) }
}

function bodyOf({ flags }: Call, chosen: Chosen): object {
  const how = { perSecond: flags.number('per-second'), as: flags.isSet('fresh') ? 'fresh' : undefined }
  return { ...termsOf(chosen), ...present(how) }
}

function resultOf(result: ReplayResult, outcome?: Watched): Result {
  const value: Replayed = outcome === undefined ? result : { ...result, watched: outcome }
  const ended =
    outcome === undefined
      ? []
      : [
          `${outcome.delivered} delivered, ${outcome.failed} failed${outcome.open === 0 ? '' : `, ${outcome.open} still under way`}`,
        ]
  return { value, lines: [lineOf(result, 'are'), ...ended], code: (outcome?.failed ?? 0) > 0 ? 1 : 0 }
}

function lineOf({ matched, replayed: sent, skipped }: ReplayResult, verb: string): string {
  return `${sent} of ${matched} deliveries ${verb} sent once more${skipped === 0 ? '' : `, ${skipped} are not`}`
}
