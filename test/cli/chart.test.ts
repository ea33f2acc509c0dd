import { describe, expect, it } from 'vitest'
import { createMachine, type AnyStateMachine, type AnyStateNode, type MachineConfig } from 'xstate'
import * as machines from '../../src/machines/index.ts'
import { hookward } from '../support/cli.ts'

const names = ['integration', 'webhook', 'notifier'] as const

const chart = (...args: readonly string[]) => hookward(['chart', ...args])

describe('hookward chart', () => {
  it('writes JSON of which XState makes every machine again, state by state and transition by transition', async () => {
    const configs = (await chart('--json')).json() as Record<string, MachineConfig<object, never>>
    expect(Object.keys(configs)).toEqual([...names])
    for (const name of names)
      expect(shapeOf(createMachine(configs[name] as never)), name).toEqual(shapeOf(machines[name]))
    expect((await chart('--json', 'webhook')).json()).toEqual(configs['webhook'])
  })

  it('draws every state of every machine', async () => {
    const [pictures, diagrams] = [(await chart('--svg')).stdout, (await chart()).stdout]
    for (const name of names)
      for (const { id, key } of nodesOf(machines[name].root).slice(1)) {
        expect(pictures, `${id} in a picture`).toContain(`>${key}<`)
        expect(diagrams, `${id} in a diagram`).toContain(`"${key}"`)
      }
  })

  it('draws one of them alone', async () => {
    const { stdout } = await chart('webhook')
    expect(stdout).toMatch(/^stateDiagram-v2\n/)
    expect(stdout).not.toContain('degraded')
  })

  it.each([[['--svg', 'integratoin']], [['--png', 'integration']], [['--svg', '--mermaid']]])(
    'tells its usage for %j and exits with 2',
    async (args) => {
      const { code, stdout, stderr } = await chart(...args)
      expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('hookward chart [MACHINE]')])
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
