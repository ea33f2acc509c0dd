import { existsSync, readFileSync } from 'node:fs'
import { failed } from '../failure.ts'

/** The pictures of the machines, which a build has laid out; by the name of the machine. */
export function pictures(): Readonly<Record<string, string>> {
  const places = ['../../charts.json', '../../../dist/charts.json'].map((path) => new URL(path, import.meta.url))
  const place = places.find((url) => existsSync(url))
  if (place === undefined) throw failed('NOT_BUILT', 'the pictures of the machines are not there')
  return JSON.parse(readFileSync(place, 'utf8')) as Readonly<Record<string, string>>
}
