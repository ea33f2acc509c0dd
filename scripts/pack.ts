import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { brokenSpecifiers, missingTypes, nodesOnPath, packInto, staleFiles, unexpectedFiles } from './lib/package.ts'
import { commandsRun, loadsEverywhere, lostPages, typesResolve } from './lib/package.ts'

/**
 * `npm run test:pack`: packs what was built, unpacks it beside its runtime dependencies as an install would,
 * and uses it from there: every sub-path is imported and required on each Node found, and its types are checked.
 */
const root = join(import.meta.dirname, '..')

if (!existsSync(join(root, 'dist/index.js'))) {
  console.error('dist/index.js does not exist: build first, from a tree that has src/index.ts')
  process.exit(1)
}

const { folder, files, remove } = packInto(root)
try {
  const faults = [
    ...unexpectedFiles(files),
    ...lostPages(folder, files),
    ...staleFiles(root, files),
    ...missingTypes(root, files),
    ...brokenSpecifiers(folder, files),
    ...nodesOnPath().flatMap((node) => [...loadsEverywhere(root, folder, node), ...commandsRun(folder, node)]),
    ...typesResolve(root, folder),
  ]
  for (const fault of faults) console.error(fault)
  console.log(
    `${files.length} files packed; ${faults.length === 0 ? 'every sub-path loads, and the command line runs' : `${faults.length} faults`}`,
  )
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  remove()
}
