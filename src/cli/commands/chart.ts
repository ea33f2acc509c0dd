import { mermaid, type StateConfig } from '../chart/drawing.ts'
import { pictures } from '../chart/pictures.ts'
import type { Call, Command, Result } from '../command.ts'
import { failed } from '../failure.ts'

const names = ['integration', 'webhook', 'notifier'] as const

/** `hookward chart`. */
export const chart: Command = {
  name: 'chart',
  about: 'the machines: as Mermaid, as a picture, or as JSON that Stately imports',
  args: [{ name: 'MACHINE', about: 'one of them', isOptional: true, words: names }],
  flags: {
    mermaid: { kind: 'boolean', about: 'as Mermaid, which is usual' },
    svg: { kind: 'boolean', about: 'as a picture' },
  },
  json: { shape: 'MachineConfig' },
  examples: ['chart integration --svg > integration.svg'],
  run: async (call) => drawn(call, (await import('../chart/machines.ts')).configs),
}

function drawn({ args, flags }: Call, configs: Readonly<Record<string, StateConfig>>): Result {
  if (flags.isSet('svg') && flags.isSet('mermaid')) throw failed('USAGE', '--svg and --mermaid were both given')
  const [one] = args
  const value = one === undefined ? configs : configs[one]
  if (flags.isSet('json')) return { value }
  const draw = flags.isSet('svg') ? pictureOf : (name: string) => diagramOf(configs[name] ?? {})
  return { lines: (one === undefined ? names : [one]).map(draw) }
}

/** Without the fence that Markdown needs around it. */
function diagramOf(config: StateConfig): string {
  return mermaid(config).replace(/^```mermaid\n|\n```$/g, '')
}

function pictureOf(name: string): string {
  return (pictures()[name] ?? '').trimEnd()
}
