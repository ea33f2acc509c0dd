import { describe, it } from 'vitest'
import type { ContractCase } from '../../src/testing.ts'

/** Runs the cases of a contract. */
export function keepsTo(name: string, cases: readonly ContractCase[]): void {
  describe(name, () => {
    for (const { title, run } of cases) it(title, run)
  })
}
