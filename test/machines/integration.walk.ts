import { isDeepStrictEqual } from 'node:util'
import { createActor } from 'xstate'
import { getShortestPaths } from 'xstate/graph'
import type { ChartState, HealthContext, IntegrationRecord, Signal } from '../../src/domain/health.ts'
import { chartStateOf, createIntegration, freshRecord, recordOf, wake } from '../../src/machines/index.ts'
import type { IntegrationActor, IntegrationEvents, IntegrationMachine } from '../../src/machines/index.ts'
import { expectedAfter, lineOf, type Before, type Expected } from './integration.oracle.ts'
import { subjects, type Subject } from './integration.subjects.ts'
import type { Table } from './integration.table.ts'

/** One signal sent where a path has led to, and what the table says of it. */
export interface Edge {
  readonly subject: Subject
  readonly record: IntegrationRecord
  readonly before: Before
  readonly signal: IntegrationEvents
  readonly expected: Expected
  /** The line of the table that was met, for example `degraded x delivery.ok #0`. */
  readonly line: string
}

/** What the walk has seen. */
export interface Walk {
  readonly edges: readonly Edge[]
  readonly paths: number
}

const input = { integrationId: 'acme-bot', at: 1_700_000_000_000 }
const childEvents = ['xstate.done.actor.notifier', 'xstate.error.actor.notifier'] as const

/**
 * Walks the chart with every subject: paths to every state and streak come from `xstate/graph`; each is replayed on a
 * live actor, and at its end every signal is sent to an actor of its own and compared with the table.
 * @throws naming state and signal, where chart and table differ
 */
export function walkAll(table: Table): Walk {
  const walks = subjects.map((subject) => walk(table, subject))
  return { edges: walks.flatMap(({ edges }) => edges), paths: walks.reduce((sum, { paths }) => sum + paths, 0) }
}

function walk(table: Table, subject: Subject): Walk {
  const machine = createIntegration(subject.policy)
  const serializeState = (snapshot: Snapshot) => JSON.stringify(keyOf(subject, beforeOf(snapshot)))
  const events = (snapshot: Snapshot) => eventsAt(subject, beforeOf(snapshot))
  const paths = getShortestPaths(machine, { input, events, serializeState, limit: 100_000 })
  const edges = paths.flatMap((path) => {
    const actor = replay(
      machine,
      path.steps.map(({ event }) => event),
    )
    if (serializeState(actor.getSnapshot()) !== serializeState(path.state))
      throw new Error(
        `${subject.name}: a live actor ends in ${serializeState(actor.getSnapshot())}, the path in ${serializeState(path.state)}`,
      )
    actor.stop()
    return edgesFrom(table, subject, actor)
  })
  for (const edge of edges) check(machine, edge)
  return { edges, paths: paths.length }
}

type Snapshot = ReturnType<IntegrationActor['getSnapshot']>

function replay(machine: IntegrationMachine, events: readonly IntegrationEvents[]): IntegrationActor {
  const actor = createActor(machine, { input }).start()
  // A path starts with XState's own first event.
  for (const event of events) if ((event.type as string) !== 'xstate.init') actor.send(event)
  return actor
}

function edgesFrom(table: Table, subject: Subject, actor: IntegrationActor): readonly Edge[] {
  const before = beforeOf(actor.getSnapshot())
  const record = recordOf(actor.getSnapshot(), 1)
  return eventsAt(subject, before).map((event) => {
    const signal = isOfChild(event) ? ({ type: 'notifier.done' } as const) : event
    const { line, index } = lineOf(table, subject.policy, before, signal)
    const expected = expectedAfter(subject.policy, before, signal, line)
    return { subject, record, before, signal: event, expected, line: `${before.state} x ${signal.type} #${index}` }
  })
}

/** Sends the edge's signal to an actor of the machine that rests where the edge starts, and compares all of it. */
export function check(machine: IntegrationMachine, { subject, record, before, signal, expected }: Edge): void {
  const found = after(machine, record, before, signal)
  const differs = differenceOf(expected, found)
  if (differs === undefined) return
  const text = `chart and table differ at ${before.state} x ${signal.type} (${subject.name}, ${JSON.stringify(signal)})`
  throw new Error(`${text}: ${differs}`)
}

/** Checks where the chart begins. */
export function checkStart(machine: IntegrationMachine, subject: Subject): void {
  const { state, context } = viewOfRecord(freshRecord(machine, input.integrationId, input.at))
  const verdict = subject.policy.judge(subject.policy.empty(), input.at)
  const start = {
    gate: 'open',
    epoch: 0,
    since: input.at,
    at: input.at,
    walked: ['healthy.steady'],
    incident: null,
    verdict,
  }
  const found = Object.fromEntries(Object.keys(start).map((name) => [name, context[name as keyof HealthContext]]))
  if (state !== 'healthy.steady' || !isDeepStrictEqual(found, start))
    throw new Error(`the chart begins in ${state} with ${JSON.stringify(found)}`)
}

function viewOfRecord(record: IntegrationRecord): { readonly state: ChartState; readonly context: HealthContext } {
  return { state: chartStateOf(record), context: record.context }
}

function after(
  machine: IntegrationMachine,
  record: IntegrationRecord,
  before: Before,
  signal: IntegrationEvents,
): Expected | string {
  const actor = wake(machine, record)
  let fault = ''
  actor.subscribe({ error: (error) => (fault = String(error)) })
  actor.start()
  try {
    if (before.telling) actor.send({ type: 'timer.due', timer: 'notices', at: before.context.at })
    actor.send(signal)
    const snapshot = actor.getSnapshot()
    if (snapshot.status !== 'active') return `the actor is ${snapshot.status} ${fault}`
    return { ...beforeOf(snapshot), tags: [...snapshot.tags] }
  } finally {
    actor.stop()
  }
}

function differenceOf(expected: Expected, found: Expected | string): string | undefined {
  if (typeof found === 'string') return found
  const wanted = comparable(expected, expected)
  const got = comparable(found, expected)
  const name = Object.keys(wanted).find((key) => !isDeepStrictEqual(wanted[key], got[key]))
  return name && `${name} is ${JSON.stringify(got[name])}, not ${JSON.stringify(wanted[name])}`
}

/** Sentences are the chart's own, and so is the id of an incident that begins here. */
function comparable({ state, context, telling, tags }: Expected, expected: Expected): Record<string, unknown> {
  const { verdict, incident } = context
  const condemned = expected.context.verdict.wouldChange === ''
  const begins = expected.context.incident?.id === ''
  return {
    state,
    telling,
    tags,
    ...context,
    verdict: condemned ? [verdict.level, verdict.evidence.rule, verdict.next] : verdict,
    incident: begins && incident !== null ? { ...incident, id: '' } : incident,
  }
}

function beforeOf(snapshot: Snapshot): Before {
  return {
    state: chartStateOf(snapshot),
    context: snapshot.context,
    telling: snapshot.children['notifier'] !== undefined,
  }
}

/** State and streak, and of the times only whether they have come: everything a target may depend on. */
function keyOf(subject: Subject, { state, context, telling }: Before): unknown {
  const { at, probes, probationUntil, resumeTo, incident } = context
  const rests = state === 'paused' ? resumeTo : state
  const isBroken = state === 'broken.probing' || rests === 'broken.holding'
  return [
    state,
    resumeTo,
    telling,
    incident !== null,
    // What was counted before a disablement is never looked at again.
    rests === 'broken.condemned' || rests === 'disabled' ? null : subject.keyOf(context),
    rests === 'healthy.probation' && at >= probationUntil,
    isBroken && [Math.min(probes.failed, 2), probes.ok, at >= probes.dueAt],
  ]
}

function isOfChild(event: IntegrationEvents): event is Exclude<IntegrationEvents, Signal> {
  return childEvents.some((type) => type === event.type)
}

/** One signal per class: each failure the policy tells apart, each moment before and at which a time comes. */
function eventsAt(subject: Subject, { state, context }: Before): readonly IntegrationEvents[] {
  const moments = momentsAfter(subject, context)
  const soon = context.at + 1
  const byHand = { at: soon, by: 'ann', reason: 'by hand' }
  return [
    ...deliveriesAt(subject, context, context.gate === 'open'),
    ...probesAt(subject, soon, state === 'broken.probing'),
    { type: 'disable.committed', at: soon },
    { type: 'timer.due', timer: 'notices', at: soon },
    ...moments.map((at) => ({ type: 'timer.due', timer: 'deadline', at }) as const),
    { type: 'admin.enable', replay: 'missed', ...byHand },
    { type: 'admin.disable', ...byHand },
    { type: 'admin.pause', ...byHand },
    ...moments.map((at) => ({ ...byHand, type: 'admin.resume', at }) as const),
    { type: 'admin.probe', ...byHand },
    { type: 'notifier.done' },
    { type: 'xstate.done.actor.notifier' },
    { type: 'xstate.error.actor.notifier' },
  ]
}

const attempted = { topic: 'issue.created', deliveryId: 'dlv_1', acceptedAt: 0, attempt: 1, final: false }

/** All classes where deliveries count; one of each type where they are late. */
function deliveriesAt(subject: Subject, { at: now, probationUntil }: HealthContext, all: boolean): readonly Signal[] {
  const [soon, ...later] = [now + 1, probationUntil, ...subject.spansMs.map((ms) => now + ms)] as const
  const times = all ? [soon, ...later.filter((at) => at > soon)] : [soon]
  const successes = all ? subject.successes : subject.successes.slice(0, 1)
  const failures = all ? subject.failures : subject.failures.slice(0, 1)
  return times.flatMap((at) => [
    ...successes.map((n) => ({ type: 'delivery.ok', n, firstAt: at, lastAt: at, at, status: 'internal' }) as const),
    ...failures.map((failure) => ({ ...attempted, ...failure, type: 'delivery.failed', at }) as const),
  ])
}

function probesAt({ failures }: Subject, at: number, all: boolean): readonly Signal[] {
  return failures
    .slice(0, all ? failures.length : 1)
    .flatMap((failure, i) => [
      { ...attempted, ...failure, type: 'probe.ok', at },
      { ...attempted, ...failure, type: 'probe.failed', at },
      ...(i === 0 ? [{ ...attempted, ...failure, type: 'receiver.disable', at } as const] : []),
    ])
}

function momentsAfter({ spansMs }: Subject, { at, probes, probationUntil, verdict }: HealthContext): readonly number[] {
  const times = [probes.dueAt, probationUntil, verdict.next?.at ?? 0].flatMap((time) => [time - 1, time])
  const all = [at + 1, ...spansMs.map((ms) => at + ms), ...times]
  return [...new Set(all)].filter((time) => time > at)
}
