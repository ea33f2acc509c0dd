/** An error with a stable code; its message is what may be told. */
export function failure(code: string, message = code): Error {
  return Object.assign(new Error(message), { code })
}

/** What was under way is of no use to anybody any more. */
export const abandoned = failure('SHUTTING_DOWN')
