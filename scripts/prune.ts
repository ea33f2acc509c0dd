import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { unreached } from './lib/reach.ts'

/** The last step of the build: takes out of `dist` what no entry of the package leads to. */
const root = join(import.meta.dirname, '..')
for (const path of unreached(root)) rmSync(join(root, path))
