import { HookwardError } from '../domain/errors.ts'

/** What stopped the engine, as its callers read it. */
export function faultOf(fault: unknown): HookwardError {
  if (fault instanceof HookwardError && fault.code === 'ENGINE_FAILED') return fault
  const fact = fault instanceof Error ? fault.message : 'an unknown fault'
  return new HookwardError('ENGINE_FAILED', `a part of the engine failed: ${fact}`, { cause: fault })
}
