import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configs } from '../../src/cli/chart/machines.ts'
import { svg } from './svg.ts'

/** Lays the machines out and writes their pictures where `hookward chart --svg` looks for them. */
export function writePictures(root: string): void {
  const pictures = Object.fromEntries(Object.entries(configs).map(([name, config]) => [name, svg(config)]))
  mkdirSync(join(root, 'dist'), { recursive: true })
  const place = join(root, 'dist/charts.json')
  // At once, for whoever reads it meanwhile.
  writeFileSync(`${place}.${process.pid}`, JSON.stringify(pictures))
  renameSync(`${place}.${process.pid}`, place)
}
