/** Calls at once; what it throws is a rejection, as that of an async function, which would cost a promise more. */
export function refusing<T>(call: () => Promise<T>): Promise<T> {
  try {
    return call()
  } catch (error) {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it was thrown
    return Promise.reject(error)
  }
}
