/** The host's own code answers within so long, or is taken for failed. */
export const answerMsMax = 30_000

/**
 * The answer, or a rejection after so many milliseconds of real time, or once `cut` is aborted: what hangs must not keep
 * everything after it waiting.
 */
export async function inTime<T>(
  answer: Promise<T>,
  { what, ms = answerMsMax, cut }: { readonly what: string; readonly ms?: number; readonly cut?: AbortSignal },
): Promise<T> {
  let giveUp = () => undefined as void
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} did not answer within ${ms / 1_000} s`)), ms)
    const cutOff = () => reject(new Error(`${what} was cut off`))
    cut?.addEventListener('abort', cutOff)
    if (cut?.aborted === true) cutOff()
    giveUp = () => {
      clearTimeout(timer)
      cut?.removeEventListener('abort', cutOff)
    }
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    giveUp()
  }
}
