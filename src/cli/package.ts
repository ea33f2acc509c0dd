import { existsSync, readFileSync } from 'node:fs'

/** What is read of a package's manifest. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly engines?: { readonly node?: string }
  readonly dependencies?: Readonly<Record<string, string>>
}

/** The manifest of the package this file is in: beside `src`, or beside `dist`. */
export function ownManifest(): Manifest {
  const place = [new URL('../../package.json', import.meta.url)].find((url) => existsSync(url))
  if (place === undefined) return { name: 'hookward', version: 'unknown' }
  return JSON.parse(readFileSync(place, 'utf8')) as Manifest
}

/** The version of the package. */
export function packageVersion(): string {
  return ownManifest().version
}
