/** A path into a value as one would type it, at most 200 characters; empty for the value itself. */
export function writtenPath(path: readonly PropertyKey[]): string {
  const text = path.map(step).join('').replace(/^\./, '')
  return text.length > 200 ? `${text.slice(0, 197)}...` : text
}

function step(key: PropertyKey): string {
  if (typeof key === 'number') return `[${key}]`
  const name = String(key)
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name.slice(0, 200))}]`
}
