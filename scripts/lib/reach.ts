import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

interface Manifest {
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>
}

/**
 * Built files that no entry of the package leads to, by their paths: declarations of what cannot be imported, and code of
 * files that hold nothing but types. Whoever follows a definition from an import never comes to one of them.
 */
export function unreached(root: string): readonly string[] {
  const { bin, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  const entries = Object.values(exports)
  const reached = new Set([
    ...closure(root, [...entries.map((entry) => entry.default), ...Object.values(bin)], '.js'),
    ...closure(
      root,
      entries.map(({ types }) => types),
      '.d.ts',
    ),
  ])
  const built = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })
  return built
    .map((path) => posix.join('dist', path.replaceAll('\\', '/')))
    .filter((path) => /\.(?:js|d\.ts)$/.test(path) && !reached.has(path))
    .sort()
}

/** Every file that these lead to, by imports, by exports and by types that are named in place. */
function closure(root: string, starts: readonly string[], extension: '.js' | '.d.ts'): ReadonlySet<string> {
  const reached = new Set<string>()
  const open = starts.map((path) => posix.normalize(path))
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    const text = readFileSync(join(root, path), 'utf8')
    for (const [, to = ''] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]*)['"]/g)) {
      const next = posix.join(posix.dirname(path), to).replace(/(?:\.d)?\.[jt]s$/, extension)
      if (existsSync(join(root, next))) open.push(next)
    }
  }
  return reached
}
