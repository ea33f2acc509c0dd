/** The parts of a machine's `config` that a chart shows. */
export interface StateConfig {
  readonly id?: string | undefined
  readonly type?: string | undefined
  readonly initial?: unknown
  readonly entry?: unknown
  readonly on?: unknown
  readonly always?: unknown
  readonly invoke?: unknown
  readonly states?: unknown
}

/** One arrow of the chart; without `to` the signal is answered where it arrives. */
export interface Arrow {
  /** The path of the state, for example `broken.holding`; empty for the whole machine. */
  readonly from: string
  readonly to: string | undefined
  readonly signal: string
  readonly guard: string | undefined
}

/** A state by its path. */
export interface State {
  readonly path: string
  readonly config: StateConfig
}

/** A Mermaid `stateDiagram-v2` of a machine: nested states, signals, guards in brackets. */
export function mermaid(machine: StateConfig): string {
  const lines = ['stateDiagram-v2', ...boxOf(machine, '', '  '), ...arrowLines(arrowsOf(machine)), ...endLines(machine)]
  return ['```mermaid', ...lines, '```'].join('\n')
}

/** The same for a closed table of states: from each, the states it may go to. */
export function lifeChart(life: Readonly<Record<string, readonly string[]>>, initial: string): string {
  const arrows = Object.entries(life).flatMap(([from, to]) => {
    return to.length === 0 ? [`  ${from} --> [*]`] : to.map((state) => `  ${from} --> ${state}`)
  })
  return ['```mermaid', 'stateDiagram-v2', `  [*] --> ${initial}`, ...arrows, '```'].join('\n')
}

/** Every arrow of a machine, in the order of the chart. */
export function arrowsOf(machine: StateConfig): readonly Arrow[] {
  const all = statesOf(machine, '')
  const targetOf = (from: string, target: string): string => {
    if (target.startsWith('#')) return all.find(({ config }) => config.id === target.slice(1))?.path ?? target
    if (target.startsWith('.')) return join(from, target.slice(1))
    return join(parentOf(from), target)
  }
  return all.flatMap(({ path, config }) =>
    transitionsOf(config).map(({ signal, one }) => ({
      from: path,
      to: one.target === undefined ? undefined : targetOf(path, one.target),
      signal,
      guard: guardText(one.guard),
    })),
  )
}

interface Transition {
  readonly target?: string
  readonly guard?: string | { readonly type: string; readonly params?: Readonly<Record<string, unknown>> }
}

/** Every state by its path, the machine itself (an empty path) first. */
export function statesOf(config: StateConfig, path: string): readonly State[] {
  return [{ path, config }, ...childrenOf(config, path).flatMap((child) => statesOf(child.config, child.path))]
}

function childrenOf(config: StateConfig, path: string): readonly State[] {
  const states = (config.states ?? {}) as Readonly<Record<string, StateConfig>>
  return Object.entries(states).map(([name, child]) => ({ path: join(path, name), config: child }))
}

function transitionsOf(config: StateConfig): readonly { readonly signal: string; readonly one: Transition }[] {
  const on = Object.entries((config.on ?? {}) as Readonly<Record<string, unknown>>)
  const invoked = listOf(config.invoke).flatMap((invoke) => {
    const { src, onDone, onError } = invoke as { src: string; onDone?: unknown; onError?: unknown }
    return [
      [`${src} succeeds`, onDone],
      [`${src} fails`, onError],
    ] as const
  })
  return [...on, ...invoked, ['', config.always] as const].flatMap(([signal, transitions]) =>
    listOf(transitions).map((one) => ({
      signal,
      one: typeof one === 'string' ? { target: one } : (one as Transition),
    })),
  )
}

function boxOf(config: StateConfig, path: string, indent: string): readonly string[] {
  const begin = typeof config.initial === 'string' ? [`${indent}[*] --> ${idOf(join(path, config.initial))}`] : []
  return [...begin, ...childrenOf(config, path).flatMap((child) => stateLines(child, indent))]
}

function stateLines({ path, config }: State, indent: string): readonly string[] {
  const head = `state "${nameOf(path)}" as ${idOf(path)}`
  const inside = boxOf(config, path, `${indent}  `)
  return inside.length === 0 ? [`${indent}${head}`] : [`${indent}${head} {`, ...inside, `${indent}}`]
}

/** One line per pair of states, its signals beneath each other. */
function arrowLines(arrows: readonly Arrow[]): readonly string[] {
  const labels = new Map<string, string[]>()
  for (const { from, to, signal, guard } of arrows) {
    if (to === undefined || from === '') continue
    const pair = `${idOf(from)} --> ${idOf(to)}`
    labels.set(pair, [...(labels.get(pair) ?? []), labelOf(signal, guard)])
  }
  return [...labels].map(([pair, texts]) => `  ${pair}: ${[...new Set(texts)].join('<br/>')}`)
}

function endLines(machine: StateConfig): readonly string[] {
  const ends = statesOf(machine, '').filter(({ config }) => config.type === 'final')
  return ends.map(({ path }) => `  ${idOf(path)} --> [*]`)
}

/** A signal and its guard; a step without a signal is taken as soon as its guard holds, or when no other can be. */
export function labelOf(signal: string, guard: string | undefined): string {
  if (guard === undefined) return signal === '' ? 'otherwise' : signal
  return signal === '' ? `[${guard}]` : `${signal} [${guard}]`
}

function guardText(guard: Transition['guard']): string | undefined {
  if (guard === undefined || typeof guard === 'string') return guard
  return [guard.type, ...Object.values(guard.params ?? {}).map(String)].join(' ')
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? (value as readonly unknown[]) : [value]
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function parentOf(path: string): string {
  return path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : ''
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

function idOf(path: string): string {
  return path.replaceAll('.', '_')
}
