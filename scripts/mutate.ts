import { createIntegration } from '../src/machines/index.ts'
import { checkNotifier } from '../test/machines/integration.notifier.ts'
import { subjects } from '../test/machines/integration.subjects.ts'
import { table } from '../test/machines/integration.table.ts'
import { check, checkStart, walkAll } from '../test/machines/integration.walk.ts'
import { mutantsOf, type Mutant } from './lib/mutants.ts'

/**
 * Takes every guard, action, target and transition out of the health chart in turn; one line of JSON, exit 1 when the
 * checks do not notice. The walk of the whole chart is made once: its edges say, from the table, where each signal
 * leads, and each mutant is sent the signals of all of them until one leads elsewhere.
 */
const { edges } = walkAll(table)
const firsts = [...new Map(edges.map((edge) => [edge.line, edge])).values()]
const machines = subjects.map((subject) => ({ subject, machine: createIntegration(subject.policy) }))
const mutants = mutantsOf(createIntegration(subjects[0]?.policy as never))
const survivors: string[] = []
for (const mutant of mutants) if (!(await isKilled(mutant))) survivors.push(mutant.name)
console.log(JSON.stringify({ mutants: mutants.length, killed: mutants.length - survivors.length, survivors }))
if (survivors.length > 0) process.exitCode = 1

async function isKilled(mutant: Mutant): Promise<boolean> {
  try {
    const changed = machines.map(({ subject, machine }) => ({ subject, machine: mutant.of(machine) }))
    for (const { subject, machine } of changed) checkStart(machine, subject)
    // One edge for each line of the table first: most mutants end there.
    for (const edge of [...firsts, ...edges])
      check(changed.find(({ subject }) => subject === edge.subject)?.machine as never, edge)
    for (const { machine } of changed) await checkNotifier(machine)
    return false
  } catch {
    return true
  }
}
