import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ownManifest, type Manifest } from '../package.ts'
import type { Diagnosis, Patient } from './finding.ts'

/** The recommended major version of Node. */
const nodeBest = 24
/** Whether this Node is one that the package runs on. */
export function node(version = process.versions.node): Diagnosis {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const runs = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22
  const fact = `Node ${version}, and the package asks for ${ownManifest().engines?.node ?? 'any'}`
  if (!runs) return { check: 'node', status: 'failed', fact, nextStep: `install Node ${nodeBest}` }
  return { check: 'node', status: 'ok', fact }
}

/** Which versions are installed, and whether they are of the ranges the package asks for. */
export function versions(): Diagnosis {
  const { version, dependencies = {} } = ownManifest()
  const found = Object.entries(dependencies).map(([name, range]) => ({ name, range, version: installed(name) }))
  const fact = [`hookward ${version}`, ...found.map((one) => `${one.name} ${one.version ?? 'missing'}`)].join(', ')
  const wrong = found.filter((one) => one.version === undefined || !isWithin(one.version, one.range))
  if (wrong.length === 0) return { check: 'versions', status: 'ok', fact }
  const asked = wrong.map(({ name, range }) => `${name}@${range}`).join(' ')
  return { check: 'versions', status: 'failed', fact, nextStep: `npm install ${asked}` }
}

/** Whether an engine was reached, and what may be done with it. */
export function engineFound({ engine }: Patient): Diagnosis {
  if (engine.kind === 'none')
    return { check: 'engine', status: 'skipped', fact: 'none was named', nextStep: 'name one by --url or HOOKWARD_URL' }
  if (engine.kind === 'failed')
    return { check: 'engine', status: 'failed', fact: engine.fact, nextStep: engine.nextStep }
  return { check: 'engine', status: 'ok', fact: `${engine.where} lets you ${engine.may.join(', ')}` }
}

/** Found as the package itself would load it; the manifest of some packages is not among their exports. */
function installed(name: string): string | undefined {
  try {
    let folder = dirname(createRequire(import.meta.url).resolve(name))
    while (folder !== dirname(folder)) {
      const manifest = manifestIn(folder)
      if (manifest?.name === name) return manifest.version
      folder = dirname(folder)
    }
  } catch {
    return undefined
  }
  return undefined
}

function manifestIn(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  } catch {
    return undefined
  }
}

/** For ranges such as `^5.33.0`, of which the first number is not 0: the only form there is in ours. */
export function isWithin(version: string, range: string): boolean {
  const [have, least] = [version, range.replace(/^\^/, '')].map((text) => text.split('.').map(Number))
  const [major = 0, minor = 0, patch = 0] = have ?? []
  const [asked = 0, minorAsked = 0, patchAsked = 0] = least ?? []
  return major === asked && (minor > minorAsked || (minor === minorAsked && patch >= patchAsked))
}
