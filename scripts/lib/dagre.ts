import untyped from '@dagrejs/dagre'

/** The part of dagre's graph that is used here; the package's own types cannot be read by Node's module rules. */
export interface Graph<Node, Edge> {
  setGraph(label: object): void
  graph(): { readonly width?: number; readonly height?: number }
  setNode(id: string, label: object): void
  setParent(id: string, parent: string): void
  setEdge(from: string, to: string, label: object, name: string): void
  nodes(): readonly string[]
  children(id: string): readonly string[]
  node(id: string): Node
  edges(): readonly object[]
  edge(edge: object): Edge
}

const dagre = untyped as unknown as {
  readonly layout: (graph: unknown) => void
  readonly graphlib: { readonly Graph: new (options: object) => unknown }
}

/** An empty graph whose nodes may hold others, and between two of which there may be several edges. */
export function newGraph<Node, Edge>(): Graph<Node, Edge> {
  return new dagre.graphlib.Graph({ compound: true, multigraph: true }) as Graph<Node, Edge>
}

/** Gives every node and edge its place. */
export function layOut(graph: Graph<unknown, unknown>): void {
  dagre.layout(graph)
}
