import type { Explanation } from '../domain/health.ts'
import type { IntegrationId, IntegrationView } from '../domain/integration.ts'
import type { ByHand } from '../policy/by-hand.ts'
import { checkFields, checkObject, checkSlug, refuse, type Field } from '../policy/check.ts'
import { viewOfIntegration } from './catalogue-view.ts'
import { emitting } from './emitting.ts'
import { EnablePage, unavailable, type Found } from './enable-page.ts'
import { checkEventName } from './face.ts'
import type { Hookward, Installations, Integrations } from './hookward.ts'
import { Importing } from './importing.ts'
import type { EventName } from './observers.ts'
import type { Remote } from './remote.ts'

/** What the host sees where deliveries are made elsewhere: the same face, each call asked of the workers. */
export function remoteFace<Topics>(remote: Remote): Hookward<Topics> {
  const ask =
    <T>(name: string) =>
    (slug: string, ...args: readonly unknown[]) =>
      running(remote, () => remote.ask<T>(slug, name, [slug, ...args]))
  return {
    integrations: integrationsOf(remote),
    installations: installationsOf(remote),
    ...emitting<Topics>(
      remote.parts,
      (call) => running(remote, call),
      (draft, options) => remote.emit(draft, options),
    ),
    isStandby: () => false,
    hours: ask('hours'),
    explain: ask('explain'),
    overview: () => running(remote, () => remote.overview()),
    log: ask('log'),
    audit: ask('audit'),
    transitions: ask('transitions'),
    held: ask('held'),
    dead: ask('dead'),
    replay: (slug, options) => running(remote, () => remote.call(slug, 'replay', [slug, options])),
    notices: ask('notices'),
    shadow: () => null,
    on: (name: string, listener: (event: never) => void) => remote.observers.on(toldHere(name, listener), listener),
    // Machines live for one turn, in a worker: there is nothing here that could be watched.
    inspect: () => () => undefined,
    trace: () => refuse(option('trace'), 'is not there for a host with a runtime: attempts are made by the workers'),
    handler: handlerOf(remote),
    idle: (options) => running(remote, () => remote.idle(spanOf(options))),
    stop: () => remote.stop(),
  }
}

/** Too many to be carried to every host, or of one process alone. */
const inWorkers: readonly string[] = [
  'delivered',
  'delivery.failed',
  'notice.delayed',
  'ledger.filling',
  'frozen',
  'thawed',
] satisfies readonly EventName[]
/** Of a folder or of the memory of an engine, and where deliveries are made elsewhere there is neither. */
const nowhere: readonly string[] = ['shadow', 'holding', 'spool.refused', 'store.failed'] satisfies readonly EventName[]

function toldHere(name: string, listener: unknown): EventName | '*' {
  const known = checkEventName(name, listener)
  if (inWorkers.includes(name))
    return refuse(option('the event'), `${name} is not told to hosts: listen where serveRestate is called`)
  return nowhere.includes(name) ? refuse(option('the event'), `${name} is never told beside a runtime`) : known
}

/** Reads the links that workers put into letters. */
function handlerOf(remote: Remote): Hookward['handler'] {
  const find = async (id: IntegrationId): Promise<Found | undefined> => {
    const name = remote.directory.catalogue.integration(id)?.name
    if (name === undefined) return undefined
    const { state, incident, sentence } = await remote.ask<Explanation>(id, 'explain', [id])
    return { name, state, incidentId: incident?.id, sentence: () => Promise.resolve(sentence) }
  }
  const enable = (id: IntegrationId, hand: ByHand) => remote.call(id, 'integrations.enable', [id, hand])
  const page = new EnablePage({ ...remote.parts, find, enable })
  return (request) => running(remote, () => page.answer(request)).catch(unavailable)
}

function integrationsOf(remote: Remote): Integrations {
  const call =
    <T>(name: string) =>
    (slug: string, options?: unknown) =>
      running(remote, () => {
        remote.directory.catalogue.known(checkSlug(slug))
        return remote.call<T>(slug, `integrations.${name}`, options === undefined ? [slug] : [slug, options])
      })
  const put = (input: unknown, options?: unknown) => {
    const { slug } = checkObject(input, { code: 'INTEGRATION_INVALID', name: 'the integration' })
    return remote.call<IntegrationView>(slug, 'integrations.put', options === undefined ? [input] : [input, options])
  }
  const importing = new Importing({
    ...remote.parts,
    preview: (input) => remote.preview(input),
    installationIn: (id, organization) => remote.directory.catalogue.installationIn(id, organization),
    put,
    install: (input, options) => installed(remote, 'install', input, options),
  })
  return {
    put: (input, options) => running(remote, () => put(input, options)),
    import: (text, options) => running(remote, () => importing.import(text, options)),
    send: (slug, event, options) =>
      running(remote, () => {
        remote.directory.catalogue.known(checkSlug(slug))
        return remote.call(slug, 'integrations.send', options === undefined ? [slug, event] : [slug, event, options])
      }),
    get: (slug) => viewOfIntegration(remote.directory.catalogue.known(checkSlug(slug))),
    list: () => remote.directory.catalogue.integrations().map(viewOfIntegration),
    remove: call('remove'),
    enable: call('enable'),
    disable: call('disable'),
    pause: call('pause'),
    probe: call('probe'),
    resume: call('resume'),
  }
}

function installationsOf(remote: Remote): Installations {
  return {
    install: (input, options) => running(remote, () => installed(remote, 'install', input, options)),
    uninstall: (input, options) => running(remote, () => installed(remote, 'uninstall', input, options)),
    list: (slug) => {
      const { catalogue } = remote.directory
      if (slug === undefined) return catalogue.installations()
      return catalogue.installationsOf(catalogue.known(checkSlug(slug)).id)
    },
  }
}

function installed<T>(remote: Remote, name: string, input: unknown, options: unknown): Promise<T> {
  const { integration } = checkObject(input, { code: 'INSTALLATION_INVALID', name: 'the installation' })
  const slug = checkSlug(integration, 'integration')
  remote.directory.catalogue.known(slug)
  return remote.call<T>(slug, `installations.${name}`, options === undefined ? [input] : [input, options])
}

/** Every refusal is a rejection, also one that is found at once. */
async function running<T>(remote: Remote, call: () => T | Promise<T>): Promise<T> {
  remote.check()
  return call()
}

function spanOf(options: unknown): number | undefined {
  if (options === undefined) return undefined
  const { timeoutMs } = checkFields(options, option('the options'), ['timeoutMs'])
  if (timeoutMs === undefined) return undefined
  const isSpan = typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= 86_400_000
  return isSpan ? timeoutMs : refuse(option('timeoutMs'), 'must be a number from 0 to 86400000')
}

function option(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}
