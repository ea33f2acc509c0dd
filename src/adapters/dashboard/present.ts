type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Without the fields that were not given. */
export function present<T extends object>(fields: T): Partial<Present<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Present<T>>
}
