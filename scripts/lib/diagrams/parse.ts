/** What a flowchart or a chart of states shows, before it has a place. */
export interface Drawing {
  readonly nodes: ReadonlyMap<string, Node>
  readonly edges: readonly Edge[]
}

export interface Node {
  readonly label: string
  readonly shape: 'box' | 'question' | 'start' | 'end'
  /** The state that holds it; empty for the whole. */
  readonly parent: string
}

export interface Edge {
  readonly from: string
  readonly to: string
  /** Its words, one line each. */
  readonly lines: readonly string[]
}

const node = String.raw`(\w+)(?:\["([^"]+)"\]|\{"([^"]+)"\})?`
const flowEdge = new RegExp(String.raw`^${node} (?:-- (.+?) )?--> ${node}$`)

/** The part of Mermaid's `flowchart TD` that our pages use. Any other line is refused: it would be missing in the picture. */
export function parseFlowchart(lines: readonly string[]): Drawing {
  const nodes = new Map<string, Node>()
  const add = (id: string, box: string | undefined, question: string | undefined) => {
    const label = box ?? question
    if (label === undefined && nodes.has(id)) return
    nodes.set(id, { label: label ?? id, shape: question === undefined ? 'box' : 'question', parent: '' })
  }
  const edges = lines.map((line) => {
    const [found, from = '', box, question, words, to = '', toBox, toQuestion] = flowEdge.exec(line.trim()) ?? []
    if (found === undefined) throw new Error(`a flowchart has the line "${line}", which is not known here`)
    add(from, box, question)
    add(to, toBox, toQuestion)
    return { from, to, lines: words === undefined ? [] : [words] }
  })
  return { nodes, edges }
}

const stateLine = /^state "([^"]+)" as (\w+)( \{)?$/
const stateEdge = /^(\w+|\[\*\]) --> (\w+|\[\*\])(?:: (.+))?$/

/** The part of Mermaid's `stateDiagram-v2` that our charts use; refuses any other line. */
export function parseStates(lines: readonly string[]): Drawing {
  const nodes = new Map<string, Node>()
  const edges: Edge[] = []
  const outer = ['']
  for (const line of lines.map((text) => text.trim())) {
    const parent = outer.at(-1) ?? ''
    const [isState, label = '', id = '', opens] = stateLine.exec(line) ?? []
    const [isEdge, from = '', to = '', words] = stateEdge.exec(line) ?? []
    if (isState !== undefined) {
      nodes.set(id, { label, shape: 'box', parent })
      if (opens !== undefined) outer.push(id)
    } else if (isEdge !== undefined) {
      const ends = [endOf(nodes, from, 'start', parent), endOf(nodes, to, 'end', parent)] as const
      edges.push({ from: ends[0], to: ends[1], lines: words?.split('<br/>') ?? [] })
    } else if (line === '}') outer.pop()
    else throw new Error(`a chart of states has the line "${line}", which is not known here`)
  }
  return { nodes, edges }
}

/** One start and one end for each state that holds others; a state that nothing declared is called by its id. */
function endOf(nodes: Map<string, Node>, name: string, point: 'start' | 'end', parent: string): string {
  const id = name === '[*]' ? `${point} of ${parent}` : name
  if (name === '[*]') nodes.set(id, { label: '', shape: point, parent })
  else if (!nodes.has(id)) nodes.set(id, { label: name, shape: 'box', parent })
  return id
}
