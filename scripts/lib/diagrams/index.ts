import { drawGraph } from './graph.ts'
import { parseFlowchart, parseStates } from './parse.ts'
import { drawSequence } from './sequence.ts'

/** A picture of a Mermaid block, made here: a page that shows it loads no script. `name` is what a screen reader says. */
export function diagram(mermaid: string, name: string): string {
  const [kind = '', ...lines] = mermaid.split('\n').filter((line) => line.trim() !== '')
  if (kind === 'flowchart TD') return drawGraph(parseFlowchart(lines), name)
  if (kind === 'stateDiagram-v2') return drawGraph(parseStates(lines), name)
  if (kind === 'sequenceDiagram') return drawSequence(lines, name)
  throw new Error(`a diagram begins with "${kind}": known are flowchart TD, stateDiagram-v2 and sequenceDiagram`)
}
