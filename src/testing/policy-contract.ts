import { HookwardError, textOf } from '../domain/errors.ts'
import type { Policy } from '../policy/health/policy.ts'
import { storedBytesMax } from '../policy/policy-answers.ts'
import { asksNothing, isPure } from './policy-purity.ts'
import { holdsJson, isLetIn, staysBounded, takesOver } from './policy-memory.ts'
import { bucketsInOrder, foldsAlike } from './policy-successes.ts'
import { keepsForecast, leavesSkippedTime, successHelps } from './policy-time.ts'
import { answersWell, forgives, saysWhyNot, startsHealthy, waitsInBounds } from './policy-verdicts.ts'
import type { Subject } from './policy-subject.ts'

/** One promise of the interface. */
export interface PolicyCase {
  /** A sentence. */
  readonly title: string
  /** @throws HookwardError `POLICY_INVALID` with what was promised and the signal at which it was broken. */
  readonly run: () => void
}

/** How long the policy is watched, and the bounds it is held to. */
export interface PolicyContractOptions {
  /** Another seed is another life of the integration. @default 1 */
  readonly seed?: number
  /** Signals over which the memory must stay bounded; a tenth of them for each other promise. @default 20_000 */
  readonly signals?: number
  /** Of the memory as JSON: the engine takes a larger one for a fault of the rule. @default 4_096 */
  readonly memoryBytesMax?: number
  /** Of a verdict as JSON: it stands in the record, in transitions and in letters. @default 4_096 */
  readonly verdictBytesMax?: number
}

/**
 * What a policy of your own must keep to, as cases for any test runner. Each leads an integration through a life made
 * up from a seed, so that a failure can be repeated. A part that a policy leaves out has no case.
 * @example
 * import { test } from 'node:test'
 * for (const { title, run } of policyContract(myPolicy)) test(title, run)
 */
export function policyContract(policy: Policy, options: PolicyContractOptions = {}): readonly PolicyCase[] {
  const { seed = 1, signals = 20_000, memoryBytesMax = storedBytesMax, verdictBytesMax = storedBytesMax } = options
  const subject: Subject = { policy, seed, signals, memoryBytesMax, verdictBytesMax }
  return cases
    .filter(([, , part]) => part === undefined || policy[part] !== undefined)
    .map(([title, check]) => ({ title, run: () => judged(check, subject) }))
}

const cases: readonly (readonly [title: string, check: (subject: Subject) => void, part?: keyof Policy])[] = [
  ['is let in by the engine, with parameters that are JSON', isLetIn],
  ['judges an empty memory healthy, at any time', startsHealthy],
  ['gives the same answers to the same questions, and changes nothing it was given', isPure],
  ['asks neither a clock nor chance', asksNothing],
  ['keeps a memory that JSON carries as it is', holdsJson],
  ['keeps its memory within its bound, however much happens', staysBounded],
  ['answers with verdicts that can be stored and read', answersWell],
  ['lets a success make no verdict worse', successHelps],
  ['keeps its forecasts, and changes nothing for the worse without one', keepsForecast],
  ['counts successes in bulk as it counts them one by one', foldsAlike],
  ['puts no later moment into an earlier bucket', bucketsInOrder],
  ['takes over what another rule remembered, or says null', takesOver],
  ['says why not for worse levels only, in their order and in short', saysWhyNot, 'whyNot'],
  ['judges healthy what it forgives', forgives, 'forgive'],
  ['waits no less than nothing and no more than a month', waitsInBounds, 'patience'],
  ['makes nothing worse of time that does not count', leavesSkippedTime, 'skip'],
]

function judged(check: (subject: Subject) => void, subject: Subject): void {
  try {
    check(subject)
  } catch (cause) {
    if (cause instanceof HookwardError) throw cause
    throw new HookwardError('POLICY_INVALID', `the rule throws: ${textOf(cause)}`, { cause })
  }
}
