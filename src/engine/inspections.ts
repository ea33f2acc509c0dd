import type { AnyActorRef, InspectionEvent } from 'xstate'
import { textOf } from '../domain/errors.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { Json } from '../domain/json.ts'
import type { Clock, Inspection, Logger, SeenSnapshot } from '../ports.ts'

/** A root actor of the engine. */
export interface Root {
  /** `webhook`, or `integration:` and its slug. */
  readonly name: string
  readonly integration?: IntegrationId
  readonly actor: AnyActorRef
}

interface Watcher {
  readonly listener: (inspection: Inspection) => void
  readonly integration: IntegrationId | undefined
  /** By the name of the root; ends the watching of it. */
  readonly watching: Map<string, () => void>
}

/**
 * Lets machines be watched while they run. What is told is written from an allow-list: names, states, kinds of signals and
 * a few counts, never the context, an event or an error as it is. While nobody watches, no actor knows of it.
 */
export class Inspections {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #roots = new Map<string, Root>()
  readonly #watchers = new Set<Watcher>()

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  /** A root actor was made, and is about to start. */
  born(root: Root): void {
    this.#roots.set(root.name, root)
    for (const watcher of this.#watchers) this.#watch(watcher, root)
  }

  gone(name: string): void {
    this.#roots.delete(name)
    for (const { watching } of this.#watchers) {
      watching.get(name)?.()
      watching.delete(name)
    }
  }

  /** Announces the actors there are, then tells what they do, until the answer is called. */
  watch(listener: (inspection: Inspection) => void, integration?: IntegrationId): () => void {
    const watcher: Watcher = { listener, integration, watching: new Map() }
    this.#watchers.add(watcher)
    for (const root of this.#roots.values()) this.#watch(watcher, root)
    return () => {
      this.#watchers.delete(watcher)
      for (const leave of watcher.watching.values()) leave()
    }
  }

  #watch(watcher: Watcher, root: Root): void {
    if (watcher.integration !== undefined && watcher.integration !== root.integration) return
    for (const actor of [root.actor, ...childrenOf(root.actor)])
      this.#tell(watcher, root, (at) => announcement(actor, root, at))
    const subscription = root.actor.system.inspect((event) => this.#tell(watcher, root, (at) => seen(event, root, at)))
    watcher.watching.set(root.name, () => subscription.unsubscribe())
  }

  /** Called inside the actor's own step: whatever were thrown here would end the actor. */
  #tell({ listener }: Watcher, root: Root, inspection: (at: number) => Inspection | undefined): void {
    try {
      const seen = inspection(this.#clock.now())
      if (seen !== undefined) listener(seen)
    } catch (error) {
      this.#logger.error({ actor: root.name, error: textOf(error) }, 'an inspection failed')
    }
  }
}

function seen(event: InspectionEvent, root: Root, at: number): Inspection | undefined {
  const actor = event.actorRef as AnyActorRef
  if (configOf(actor) === undefined) return undefined
  if (event.type === '@xstate.actor') return actor === root.actor ? undefined : announcement(actor, root, at)
  if (event.type === '@xstate.event')
    return { type: 'signal', actor: nameOf(actor, root), signal: event.event.type, at }
  if (event.type !== '@xstate.snapshot') return undefined
  const snapshot = shown(event.snapshot)
  return { type: 'snapshot', actor: nameOf(actor, root), signal: event.event.type, snapshot, at }
}

function announcement(actor: AnyActorRef, root: Root, at: number): Inspection {
  const definition = configOf(actor) ?? {}
  return {
    type: 'actor',
    actor: nameOf(actor, root),
    ...(actor === root.actor ? {} : { parent: root.name }),
    machine: String(definition.id),
    // Guards and actions stand in it by name; what is a function has no place there.
    definition: JSON.parse(JSON.stringify(definition)) as Json,
    snapshot: shown(actor.getSnapshot() as Snapshot | undefined),
    at,
  }
}

interface Snapshot {
  readonly status?: string
  readonly value?: unknown
  readonly context?: Readonly<Record<string, unknown>>
}

/** Numbers and closed words of the context that may be seen. Nothing else of it is. */
const visible = ['gate', 'epoch', 'since', 'probationUntil', 'resumeTo'] as const

/** A child is announced before it has a snapshot. */
function shown({ status = 'active', value, context = {} }: Snapshot = {}): SeenSnapshot {
  const counts: Record<string, Json> = {}
  for (const name of visible) if (isPlain(context[name])) counts[name] = context[name]
  const { verdict, probes } = context as {
    verdict?: { level?: unknown; evidence?: { rule?: unknown } }
    probes?: unknown
  }
  if (typeof verdict?.level === 'string') counts.level = verdict.level
  if (typeof verdict?.evidence?.rule === 'string') counts.rule = verdict.evidence.rule
  if (probes !== undefined) counts.probes = { ...probes }
  const { lanes } = context as { lanes?: { readonly inFlight: number; readonly startable: number } }
  if (lanes !== undefined) Object.assign(counts, { inFlight: lanes.inFlight, startable: lanes.startable })
  return { status, value: (value ?? null) as Json, context: counts }
}

function isPlain(value: unknown): value is string | number | null {
  return typeof value === 'string' || typeof value === 'number' || value === null
}

function nameOf(actor: AnyActorRef, root: Root): string {
  return actor === root.actor ? root.name : `${root.name}/${actor.id}`
}

function childrenOf(actor: AnyActorRef): readonly AnyActorRef[] {
  const { children = {} } = actor.getSnapshot() as { children?: Readonly<Record<string, AnyActorRef | undefined>> }
  return Object.values(children).flatMap((child) =>
    child === undefined || configOf(child) === undefined ? [] : [child],
  )
}

/** Only machines have one: work that is a promise carries its input and its result, and stays unseen. */
function configOf(actor: AnyActorRef): Readonly<Record<string, unknown>> | undefined {
  const config = (actor as { logic?: { config?: unknown } }).logic?.config
  return typeof config === 'object' ? (config as Readonly<Record<string, unknown>>) : undefined
}
