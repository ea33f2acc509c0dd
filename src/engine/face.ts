import type { IntegrationId } from '../domain/integration.ts'
import { refusing } from '../domain/refusing.ts'
import { checkFields, checkSlug, refuse, type Field } from '../policy/check.ts'
import { parseLogOptions } from '../policy/parse-log-query.ts'
import { viewOfIntegration } from './catalogue-view.ts'
import { emitting } from './emitting.ts'
import { EnablePage, unavailable } from './enable-page.ts'
import type { Engine } from './engine.ts'
import type { Hookward, Installations, Integrations } from './hookward.ts'
import { methods } from './option-checks.ts'
import type { Parts } from './options.ts'
import { Importing } from './importing.ts'
import { SingleSend } from './single-send.ts'
import { isEventName, knownNames, type EventName } from './observers.ts'

/** What a host sees of an engine. */
export function faceOf<Topics>(engine: Engine): Hookward<Topics> {
  const { intake, observers, parts, steering } = engine
  const ask = <T>(slug: string, question: (id: IntegrationId) => T | Promise<T>) =>
    running(engine, async () => question(knownTo(engine, slug)))
  return {
    integrations: integrationsOf(engine),
    installations: installationsOf(engine),
    ...emitting<Topics>(
      parts,
      (call) => running(engine, call),
      (draft, options) => {
        engine.check()
        return intake.accept(draft, options)
      },
    ),
    isStandby: () => false,
    explain: (slug) => running(engine, () => steering.explain(slug)),
    overview: () => running(engine, () => Promise.resolve(engine.overview())),
    log: (slug, options = {}) =>
      ask(slug, (integrationId) => parts.store.log({ integrationId, ...parseLogOptions(options) })),
    audit: (slug) => ask(slug, (id) => parts.store.audit(id)),
    hours: (slug) => ask(slug, (id) => parts.store.hours(id)),
    transitions: (slug) => ask(slug, (id) => parts.store.transitions(id)),
    held: (slug, options = {}) => ask(slug, (id) => engine.desk.held(id, options)),
    dead: (slug, options = {}) => ask(slug, (id) => engine.desk.dead(id, options)),
    replay: (slug, options) => ask(slug, (id) => engine.desk.replay(id, options)),
    shadow: () => engine.shadow?.report() ?? null,
    notices: (slug) => ask(slug, (id) => noticesOf(engine, id)),
    on: (name: string, listener: (event: never) => void) => observers.on(checkEventName(name, listener), listener),
    inspect: (listener, options = {}) => {
      if (typeof listener !== 'function') return refuse(option('the listener'), 'must be a function')
      const { integration } = checkFields(options, option('the options'), ['integration'])
      return engine.inspections.watch(listener, integration === undefined ? undefined : knownTo(engine, integration))
    },
    trace: traceOn(parts),
    handler: handlerOf(engine),
    idle: async (options) => engine.idle(spanOf(options, 'timeoutMs')),
    stop: async (options) => engine.stop(spanOf(options, 'graceMs') ?? 10_000),
  }
}

/** Once for the process: another engine of it goes on with them. */
export function traceOn({ tracings }: Pick<Parts, 'tracings'>): Hookward['trace'] {
  return (tracing) => tracings.add(methods(tracing, 'the tracing', ['current', 'begin']))
}

/** An engine that stops meanwhile answers all the same. */
function handlerOf(engine: Engine): Hookward['handler'] {
  const { catalogue, parts, registry, steering } = engine
  const find = (id: IntegrationId) => {
    const name = catalogue.integration(id)?.name
    if (name === undefined) return undefined
    const { state, context } = registry.now(id)
    return {
      name,
      state,
      incidentId: context.incident?.id,
      sentence: async () => (await steering.explain(id)).sentence,
    }
  }
  const page = new EnablePage({ ...parts, find, enable: (id, hand) => steering.enable(id, hand) })
  return (request) => running(engine, () => page.answer(request)).catch(unavailable)
}

function integrationsOf(engine: Engine): Integrations {
  const { catalogue, installing, intake, parts, registration, steering, writes } = engine
  const single = new SingleSend({ ...parts, catalogue, intake, writes })
  const importing = new Importing({
    ...parts,
    preview: (input) => Promise.resolve(registration.becomes(input)),
    installationIn: (id, organization) => catalogue.installationIn(id, organization),
    put: (input, hand) => registration.put(input, hand),
    install: (input, options) => installing.install(input, options),
  })
  return {
    import: (text, options) => running(engine, () => importing.import(text, options)),
    put: (input, options) => running(engine, () => registration.put(input, options)),
    get: (slug) => viewOfIntegration(catalogue.known(checkSlug(slug))),
    list: () => catalogue.integrations().map(viewOfIntegration),
    remove: (slug, options) => running(engine, () => registration.remove(slug, options)),
    enable: (slug, options) => running(engine, () => steering.enable(slug, options)),
    disable: (slug, options) => running(engine, () => steering.order('admin.disable', slug, options)),
    pause: (slug, options) => running(engine, () => steering.order('admin.pause', slug, options)),
    probe: (slug, options) => running(engine, () => steering.probe(slug, options)),
    resume: (slug, options) => running(engine, () => steering.order('admin.resume', slug, options)),
    send: (slug, event, options) => running(engine, () => single.send(slug, event, options)),
  }
}

function installationsOf(engine: Engine): Installations {
  const { catalogue, installing } = engine
  return {
    install: (input, options) => running(engine, () => installing.install(input, options)),
    uninstall: (input, options) => running(engine, () => installing.uninstall(input, options)),
    list: (slug) => (slug === undefined ? catalogue.installations() : catalogue.installationsOf(knownTo(engine, slug))),
  }
}

/** Every refusal is a rejection, also one that is found at once. */
function running<T>(engine: Engine, call: () => Promise<T>): Promise<T> {
  return refusing(() => {
    engine.check()
    return engine.activity.track(call())
  })
}

function knownTo({ catalogue }: Engine, slug: unknown): IntegrationId {
  return catalogue.known(checkSlug(slug)).id
}

async function noticesOf({ parts }: Engine, id: IntegrationId) {
  const [notices, letters] = await Promise.all([parts.store.notices(id), parts.store.letters(id)])
  return notices.map((notice) => ({ notice, letters: letters.filter(({ noticeId }) => noticeId === notice.id) }))
}

function spanOf(options: unknown, name: 'timeoutMs' | 'graceMs'): number | undefined {
  if (options === undefined) return undefined
  const ms = checkFields(options, option('the options'), [name])[name]
  if (ms === undefined) return undefined
  const isSpan = typeof ms === 'number' && ms >= 0 && ms <= 86_400_000
  return isSpan ? ms : refuse(option(name), 'must be a number from 0 to 86400000')
}

function option(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}

/** Refuses a name that is never told, and a listener that cannot be called. */
export function checkEventName(name: string, listener: unknown): EventName | '*' {
  if (!isEventName(name)) return refuse(option('the event'), `is not one that is ever told (known: ${knownNames})`)
  return typeof listener === 'function' ? name : refuse(option('the listener'), 'must be a function')
}
