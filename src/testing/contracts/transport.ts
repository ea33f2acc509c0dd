import type { Transport } from '../../ports.ts'
import { suiteOf, type ContractCase } from './suite.ts'
import { transportAnswers } from './transport-answers.ts'
import { TransportBench } from './transport-bench.ts'
import { transportEnds } from './transport-ends.ts'
import { transportLimits } from './transport-limits.ts'

/**
 * What a transport of your own must keep to, against a real receiver on loopback, as cases for any test runner.
 * @param make a transport that may connect to 127.0.0.1
 * @example
 * import { test } from 'node:test'
 * for (const { title, run } of transportContract(() => myTransport())) test(title, run)
 */
export function transportContract(make: () => Transport): readonly ContractCase[] {
  const suite = suiteOf(
    () => TransportBench.open(make),
    (bench) => bench.close(),
  )
  for (const fill of [transportAnswers, transportLimits, transportEnds]) fill(suite)
  return suite.cases
}
