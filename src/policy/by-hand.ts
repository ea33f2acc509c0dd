import { checkText, type Field } from './check.ts'

/** Who acts by hand, and why: both are kept in the audit. */
export interface ByHand {
  /** 1 to 64 characters. @default 'host' for registrations, 'operator' for what steers an integration */
  readonly by?: string
  /** 1 to 200 characters. @default 'no reason given' */
  readonly reason?: string
}

/** Checks who and why; `by` names the caller who did not say. */
export function parseByHand(
  given: { readonly by?: unknown; readonly reason?: unknown },
  by: string,
): { readonly by: string; readonly reason: string } {
  return {
    by: given.by === undefined ? by : checkText(given.by, field('by'), 64),
    reason: given.reason === undefined ? 'no reason given' : checkText(given.reason, field('reason'), 200),
  }
}

function field(name: string): Field {
  return { code: 'INTEGRATION_INVALID', name }
}
