import type { DashboardHost } from '../../adapters/dashboard/host.ts'
import { readStore, type ReadStore } from '../../adapters/lowdb/store-tools.ts'
import { backlogBytesUsual } from '../../adapters/store-limits.ts'
import { HookwardError } from '../../domain/errors.ts'
import type { PolicyRecord } from '../../domain/health.ts'
import type { IntegrationId } from '../../domain/integration.ts'
import { Backlog } from '../../engine/backlog.ts'
import { viewOfIntegration } from '../../engine/catalogue-view.ts'
import { Catalogue } from '../../engine/catalogue.ts'
import { deadIn, heldIn, previewIn } from '../../engine/ledger-desk.ts'
import { overviewOf } from '../../engine/overview.ts'
import { createIntegration } from '../../machines/index.ts'
import { freshRecord, viewOf, type View } from '../../machines/record.ts'
import { checkSlug } from '../../policy/check.ts'
import { explanation } from '../../policy/explanation.ts'
import type { Policy } from '../../policy/health/policy.ts'
import { sentry } from '../../policy/health/sentry.ts'
import { standard } from '../../policy/health/standard.ts'
import { parseLogOptions } from '../../policy/parse-log-query.ts'
import { failed } from '../failure.ts'
import type { FolderFacts } from './folder-facts.ts'
import { folderTime, toldAt, type FolderTime } from './folder-time.ts'

/**
 * What the folder of a store tells, as an engine on it would: with the numbers of now where the policy of a record ships
 * with us, else as they were last written. Beside an engine that runs it is a moment behind, and what is under way counts
 * as waiting.
 */
export async function folderHost(dir: string): Promise<DashboardHost & { readonly folder: FolderFacts }> {
  const store = await readStore(dir)
  const { backlog, catalogue, durable, folder, policyAt, time } = await standingIn(dir, store)
  const known = (slug: string): IntegrationId => catalogue.known(checkSlug(slug)).id
  const about = <T>(slug: string, question: (id: IntegrationId) => T | Promise<T>): Promise<T> =>
    Promise.resolve(slug).then((one) => question(known(one)))
  const refuse = () =>
    Promise.reject(failed('FOLDER_ONLY_READ', `${dir} is only read, so nothing can be changed in it`))
  const orders = { enable: refuse, disable: refuse, pause: refuse, resume: refuse, probe: refuse, send: refuse }
  return {
    integrations: { get: (slug) => viewOfIntegration(catalogue.known(checkSlug(slug))), ...orders },
    installations: {
      list: (slug) => (slug === undefined ? catalogue.installations() : catalogue.installationsOf(known(slug))),
    },
    folder,
    overview: () => Promise.resolve(overviewIn({ backlog, catalogue, durable }, time)),
    shadow: () => null,
    explain: (slug) => about(slug, (id) => explained(durable(id), policyAt(id), backlog, id)),
    log: (slug, options = {}) =>
      about(slug, (integrationId) => store.requests.query({ integrationId, ...parseLogOptions(options) })),
    hours: (slug) => about(slug, (id) => store.model.hours(id)),
    audit: (slug) => about(slug, (id) => store.model.audit(id)),
    transitions: (slug) => about(slug, (id) => store.model.transitions(id)),
    held: (slug, options = {}) => about(slug, (id) => heldIn(backlog, id, options)),
    dead: (slug, options = {}) => about(slug, (id) => deadIn(backlog, id, options)),
    replay: (slug, options) =>
      options.dryRun === true
        ? about(slug, (id) => previewIn({ backlog, catalogue }, id, durable(id), options))
        : refuse(),
    notices: (slug) => about(slug, (id) => noticesOf(store, id)),
    on: () => () => undefined,
    inspect: () => () => undefined,
  }
}

interface Standing {
  readonly backlog: Backlog
  readonly catalogue: Catalogue
  /** Its last record, or that of one never heard of. */
  readonly durable: (id: IntegrationId) => View
}

async function standingIn(dir: string, { model }: ReadStore) {
  const { bodyBytes, dead, installations, integrations, pending, records, successesAfter } = model.recovered([])
  const [backlog, catalogue] = [new Backlog(), new Catalogue()]
  for (const integration of integrations) catalogue.put(integration)
  for (const installation of installations) catalogue.install(installation)
  for (const one of [...pending, ...dead]) backlog.restore(one, bodyBytes.get(one.delivery.id) ?? 0)
  const byId = new Map(records.map((record) => [record.context.integrationId, record]))
  const machine = createIntegration(standard())
  const time = await folderTime(dir, records)
  const recordOf = (id: IntegrationId) => byId.get(id) ?? freshRecord(machine, id, catalogue.known(id).createdAt)
  const policyAt = (id: IntegrationId) => policyOf(recordOf(id).context.policy)
  const durable = (id: IntegrationId) => toldAt(viewOf(recordOf(id)), policyAt(id), successesAfter.get(id), time.moment)
  const recorded = [...byId.keys()].filter((id) => policyAt(id) === undefined)
  return { backlog, catalogue, durable, folder: { ...time.facts, recorded }, policyAt, time }
}

function overviewIn(standing: Standing, { moment }: FolderTime) {
  const { durable, catalogue } = standing
  const [first] = catalogue.integrations()
  const { name, version } = first === undefined ? standard() : durable(first.id).context.policy
  return overviewOf({
    ...standing,
    clock: { now: () => moment.at },
    policy: { name, version, judge: unjudged },
    quarantine: { evidenceOf: () => undefined },
    registry: { durable, liveCount: 0 },
    ledger: { bytesMax: backlogBytesUsual / 10, storeBytesMax: backlogBytesUsual },
    ownSide: { outage: undefined, time: { lostMs: moment.lostMs } },
  })
}

/** They were judged already, each by the rule of its own record. */
function unjudged(): never {
  throw new HookwardError('ENGINE_STOPPED', 'a folder that is only read judges nothing')
}

function explained({ state, context }: View, policy: Policy | undefined, backlog: Backlog, id: IntegrationId) {
  return explanation(state, context, backlog.counts(id), policy === undefined ? {} : { policy })
}

/** Those that ship; what a host's own would say is not in the folder. */
function policyOf({ name, version, params }: PolicyRecord): Policy | undefined {
  const make = { standard, sentry }[name] as ((given: object) => Policy) | undefined
  try {
    const policy = make?.(params as object)
    return policy?.version === version ? policy : undefined
  } catch {
    return undefined
  }
}

function noticesOf({ model }: ReadStore, id: IntegrationId) {
  const letters = model.letters(id)
  return model.notices(id).map((notice) => ({
    notice,
    letters: letters.filter(({ noticeId }) => noticeId === notice.id),
  }))
}
