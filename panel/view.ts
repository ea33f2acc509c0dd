/** What may stand inside an element. */
export type Child = View | string | number | boolean | null | undefined | readonly Child[]
/** A part of the page with hooks of its own. */
export type Component<P> = (props: P) => Child
/** A value that is kept, and may be set without drawing anew. */
export interface Ref<T> {
  current: T
}

type Props = Readonly<Record<string, unknown>>
type Key = string | number | undefined
type Kind = string | Component<never>

/** What is to be drawn; nothing is, until it is. */
export interface View {
  readonly kind: Kind
  readonly props: Props
  readonly key: Key
}

interface Hook {
  value: unknown
  deps?: readonly unknown[] | undefined
  end?: (() => void) | undefined
}

/** Something that is drawn. A component has no node of its own: its nodes are those of its parts. */
interface Drawn {
  view: View | string
  readonly over: Drawn | undefined
  readonly depth: number
  readonly node: Element | Text | undefined
  parts: readonly Drawn[]
  readonly hooks: Hook[]
  isDirty: boolean
  isGone: boolean
}

/** What JSX becomes: a description. */
export function h(kind: Kind, props: Props | null, ...children: readonly Child[]): View {
  const { key, ...rest } = (props ?? {}) as Props & { readonly key?: Key }
  return {
    kind,
    key,
    props: children.length === 0 ? rest : { ...rest, children: children.length === 1 ? children[0] : children },
  }
}

/** Several without an element around them. */
export const Fragment = ({ children }: { readonly children?: Child }): Child => children

/** Draws into an element, from then on whenever a state is set. */
export function render(view: View, into: Element): void {
  const root = made({ kind: '', props: {}, key: undefined }, undefined, into)
  draw(root, [view], into, null)
}

function made(view: View | string, over: Drawn | undefined, node: Drawn['node']): Drawn {
  return { view, over, depth: (over?.depth ?? 0) + 1, node, parts: [], hooks: [], isDirty: false, isGone: false }
}

/** Makes what is drawn inside `over` what it should be, and puts it there; `before` is the node that follows. */
function draw(over: Drawn, child: Child, into: Element, before: Node | null): void {
  describe(over, child, into)
  let next = before
  for (const node of over.parts.flatMap(nodesOf).reverse()) {
    // What stands in its place is not moved: it would lose its focus.
    if (node.nextSibling !== next || node.parentNode !== into) into.insertBefore(node, next)
    next = node
  }
}

function describe(over: Drawn, child: Child, into: Element): void {
  const old = new Map(over.parts.map((part, i) => [nameOf(part.view, i), part]))
  over.parts = flat(child).map((view, i) => {
    const name = nameOf(view, i)
    const known = old.get(name)
    old.delete(name)
    const part = known ?? made(view, over, nodeFor(view, into))
    const last = part.view
    part.view = view
    if (typeof view === 'string') {
      if (last !== view && part.node) part.node.nodeValue = view
    } else if (typeof view.kind === 'string') dress(part, view, known === undefined ? {} : (last as View).props)
    else describe(part, drawnBy(part), into)
    return part
  })
  for (const part of old.values()) remove(part, true)
}

/** Parts are the same from one time to the next when they are of one kind and have one key, or else one place. */
function nameOf(view: View | string, place: number): string {
  if (typeof view === 'string') return `text ${place}`
  const kind = typeof view.kind === 'string' ? view.kind : idOf(view.kind)
  return `${kind} ${view.key === undefined ? `at ${place}` : String(view.key)}`
}

const ids = new Map<unknown, string>()

function idOf(component: unknown): string {
  const id = ids.get(component) ?? `component-${ids.size}`
  ids.set(component, id)
  return id
}

/** What is `false`, `null` or `undefined` keeps its place, so that those after it keep theirs. */
function flat(child: Child): readonly (View | string)[] {
  if (Array.isArray(child)) return (child as readonly Child[]).flatMap(flat)
  if (child === null || child === undefined || typeof child === 'boolean') return ['']
  return [typeof child === 'object' ? (child as View) : String(child)]
}

function nodeFor(view: View | string, into: Element): Drawn['node'] {
  if (typeof view === 'string') return document.createTextNode(view)
  if (typeof view.kind !== 'string') return undefined
  return document.createElementNS(view.kind === 'svg' ? 'http://www.w3.org/2000/svg' : into.namespaceURI, view.kind)
}

function dress(part: Drawn, { props }: View, last: Props): void {
  const element = part.node as Element
  for (const name of new Set([...Object.keys(last), ...Object.keys(props)]))
    if (name !== 'value' && (last[name] !== props[name] || name === 'checked')) set(element, name, props[name])
  // What was given nothing inside may hold what is not ours.
  if (props.children !== undefined || last.children !== undefined) draw(part, props.children as Child, element, null)
  // A choice is one only when the options are there.
  if ('value' in props) set(element, 'value', props.value)
}

function set(element: Element, name: string, value: unknown): void {
  if (name === 'children') return
  const fields = element as unknown as Record<string, unknown>
  if (name === 'ref') (value as Ref<unknown>).current = element
  else if (name.startsWith('on')) fields[name.toLowerCase()] = value
  else if (name === 'checked' || (name === 'value' && /input|select|textarea/i.test(element.tagName))) {
    if (fields[name] !== value) fields[name] = value
  } else if (value === undefined || value === null || (value === false && !name.startsWith('aria-')))
    element.removeAttribute(name)
  else element.setAttribute(name, value === true && !name.startsWith('aria-') ? '' : (value as string))
}

let current: Drawn
let place = 0

function drawnBy(part: Drawn): Child {
  const { kind, props } = part.view as View
  part.isDirty = false
  current = part
  place = 0
  return (kind as Component<Props>)(props)
}

function nodesOf({ node, parts }: Drawn): readonly (Element | Text)[] {
  return node === undefined ? parts.flatMap(nodesOf) : [node]
}

function remove(part: Drawn, isOutmost: boolean): void {
  part.isGone = true
  for (const { end } of part.hooks) end?.()
  if (isOutmost) for (const node of nodesOf(part)) node.remove()
  for (const inner of part.parts) remove(inner, false)
}

const dirty = new Set<Drawn>()

/** All that was set in one turn is drawn once, from the outside in. */
function redraw(part: Drawn): void {
  part.isDirty = true
  if (dirty.size === 0) queueMicrotask(flush)
  dirty.add(part)
}

function flush(): void {
  const parts = [...dirty].sort((a, b) => a.depth - b.depth)
  dirty.clear()
  for (const part of parts) {
    if (part.isGone || !part.isDirty) continue
    const last = nodesOf(part).at(-1)
    draw(part, drawnBy(part), last?.parentElement as Element, last?.nextSibling ?? null)
  }
}

function hook(): [Hook, Drawn, boolean] {
  const part = current
  const isNew = place >= part.hooks.length
  if (isNew) part.hooks.push({ value: undefined })
  return [part.hooks[place++] as Hook, part, isNew]
}

/** A value and what sets it, by a value or from the one before. */
export function useState<T>(first: T): readonly [T, (next: T | ((last: T) => T)) => void]
export function useState<T>(
  first?: T,
): readonly [T | undefined, (next: T | undefined | ((last: T | undefined) => T | undefined)) => void]
export function useState<T>(first: T): readonly [T, (next: T | ((last: T) => T)) => void] {
  const [own, part, isNew] = hook()
  if (isNew) own.value = first
  const change = (next: T | ((last: T) => T)) => {
    const value = typeof next === 'function' ? (next as (last: T) => T)(own.value as T) : next
    if (Object.is(value, own.value) || part.isGone) return
    own.value = value
    redraw(part)
  }
  return [own.value as T, change]
}

export function useRef<T>(first: T): Ref<T> {
  const [own, , isNew] = hook()
  if (isNew) own.value = { current: first }
  return own.value as Ref<T>
}

/** Does something once it is drawn, and again whenever one of `deps` is another; what it answers undoes it. */
export function useEffect(work: () => void | (() => void), deps: readonly unknown[]): void {
  const [own, part] = hook()
  if (own.deps?.every((one, i) => Object.is(one, deps[i])) === true) return
  own.deps = deps
  queueMicrotask(() => {
    own.end?.()
    const end = part.isGone ? undefined : work()
    // A browser's own methods may answer with a promise where their types say nothing.
    own.end = typeof end === 'function' ? end : undefined
  })
}

type Handler = (event: Event & { readonly currentTarget: HTMLInputElement & HTMLSelectElement }) => void

interface Attributes {
  readonly [name: string]: unknown
  readonly onInput?: Handler
  readonly onChange?: Handler
  readonly onClick?: (event: Event) => void
}

// TypeScript looks for what JSX may hold inside the function that it becomes.
// eslint-disable-next-line @typescript-eslint/no-namespace
export declare namespace h {
  // eslint-disable-next-line @typescript-eslint/no-namespace
  export namespace JSX {
    export type Element = View
    export type ElementType = string | ((props: never) => Child)
    export interface ElementChildrenAttribute {
      readonly children: unknown
    }
    export interface IntrinsicAttributes {
      readonly key?: Key
    }
    export type IntrinsicElements = Readonly<Record<string, Attributes>>
  }
}
