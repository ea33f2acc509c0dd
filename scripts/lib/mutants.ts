import { assign, createMachine } from 'xstate'
import type { ChartState, Gate, HealthContext } from '../../src/domain/health.ts'
import type { IntegrationMachine } from '../../src/machines/index.ts'

/** The chart with one thing taken out of it. */
export interface Mutant {
  /** What is gone, as a path into the chart. */
  readonly name: string
  /** A machine of that chart with the implementations of another. */
  of(machine: IntegrationMachine): IntegrationMachine
}

type Node = { [key: string]: unknown }
type Path = readonly (string | number)[]

/** One mutant for every transition, guard, target, action, entry action and tag in the chart, each deleted in turn. */
export function mutantsOf(machine: IntegrationMachine): readonly Mutant[] {
  return cutsOf(machine.config as Node, []).map((path) => ({
    name: path.join(' > '),
    of: ({ config, implementations }) =>
      createMachine(without(config, path) as never, bounded(implementations) as never) as unknown as IntegrationMachine,
  }))
}

/** The places where something can be taken out of a state: the paths of what is deleted. */
function cutsOf(state: Node, path: Path): readonly Path[] {
  const on = Object.keys(state['on'] ?? {})
  const states = Object.entries((state['states'] ?? {}) as { [name: string]: Node })
  return [
    ...(state['tags'] === undefined ? [] : [[...path, 'tags']]),
    ...['entry', 'exit'].flatMap((name) => listCuts(state, [...path, name])),
    ...on.flatMap((event) => transitionCuts((state['on'] as Node)[event], [...path, 'on', event])),
    ...transitionCuts(state['always'], [...path, 'always']),
    ...states.flatMap(([name, child]) => cutsOf(child, [...path, 'states', name])),
  ]
}

function transitionCuts(transitions: unknown, path: Path): readonly Path[] {
  if (transitions === undefined) return []
  if (Array.isArray(transitions)) return transitions.flatMap((one, i) => transitionCuts(one, [...path, i]))
  const parts = transitions as Node
  const cuts = ['guard', 'target'].filter((name) => parts[name] !== undefined).map((name) => [...path, name])
  return [path, ...cuts, ...listCuts(parts, [...path, 'actions'])]
}

/** Each action of a list by itself; a single one with its list. */
function listCuts(holder: Node, path: Path): readonly Path[] {
  const list = holder[String(path.at(-1))]
  if (list === undefined) return []
  return Array.isArray(list) ? list.map((_, i) => [...path, i]) : [path]
}

/** A copy without what stands at the path; functions and strings are shared. */
function without(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return value
  if (Array.isArray(value))
    return rest.length === 0
      ? value.filter((_, i) => i !== key)
      : value.map((item: unknown, i) => (i === key ? without(item, rest) : item))
  const { [key]: found, ...others } = value as Node
  return rest.length === 0 ? others : { ...(value as Node), [key]: without(found, rest) }
}

type Implementations = IntegrationMachine['implementations']
type Enter = (args: { context: HealthContext }, params: { state: ChartState; gate: Gate }) => Partial<HealthContext>

/** A chart without a guard may walk in circles for ever: here it fails after more steps than there are states. */
function bounded(implementations: Implementations): object {
  const { assignment } = implementations.actions.enter as unknown as { assignment: Enter }
  const enter = assign((args, params) => {
    const { walked } = args.context as unknown as HealthContext
    if (walked.length > 8) throw new Error(`walks in circles: ${walked.join(', ')}`)
    return assignment(args as never, params as never)
  })
  return { ...implementations, actions: { ...implementations.actions, enter } }
}
