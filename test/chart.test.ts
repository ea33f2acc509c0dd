import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { createMachine, type AnyStateMachine, type AnyStateNode, type MachineConfig } from 'xstate'
import * as machines from '../src/machines/index.ts'

const names = ['integration', 'webhook', 'notifier'] as const

function chart(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/chart.ts', ...args])
  return { status, stdout: stdout.toString(), stderr: stderr.toString() }
}

describe('npm run chart', () => {
  it('writes JSON of which XState makes every machine again, state by state and transition by transition', () => {
    const configs = JSON.parse(chart('--json').stdout) as Record<string, MachineConfig<object, never>>
    expect(Object.keys(configs)).toEqual([...names])
    for (const name of names)
      expect(shapeOf(createMachine(configs[name] as never)), name).toEqual(shapeOf(machines[name]))
    expect(JSON.parse(chart('--json', 'webhook').stdout)).toEqual(configs['webhook'])
  })

  it('draws every state of every machine', () => {
    const [pictures, diagrams] = [chart('--svg').stdout, chart('--mermaid').stdout]
    for (const name of names)
      for (const { id, key } of nodesOf(machines[name].root).slice(1)) {
        expect(pictures, `${id} in a picture`).toContain(`>${key}<`)
        expect(diagrams, `${id} in a diagram`).toContain(`"${key}"`)
      }
  })

  it.each([[[]], [['integration']], [['--svg', 'integratoin']], [['--png', 'integration']]])(
    'tells its usage for %j and exits with 2',
    (args) => {
      const { status, stdout, stderr } = chart(...args)
      expect([status, stdout, stderr]).toEqual([2, '', expect.stringMatching(/^usage: npm run -s chart/)])
    },
  )
})

function nodesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => nodesOf(child as AnyStateNode))]
}

/** Each state with its way out: signal, guard by name, target. */
function shapeOf(machine: AnyStateMachine): readonly (readonly [string, readonly string[]])[] {
  return nodesOf(machine.root).map((node) => {
    const all = [...node.transitions.values(), node.always ?? []].flat()
    const ways = all.map(
      ({ eventType, guard, target = [] }) =>
        `${eventType} ${JSON.stringify(guard)} ${target.map(({ id }) => id).join()}`,
    )
    return [node.id, ways.sort()] as const
  })
}
