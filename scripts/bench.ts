import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build } from 'esbuild'

/**
 * `npm run -s bench -- [deliver] [scale] [idle] [host] [fairness] [--json]`: bundles the benchmarks first, so that what is measured
 * is what is shipped, and not what a loader of TypeScript makes of it. `--cpu-prof` writes a profile.
 */
const outdir = join(import.meta.dirname, '..', 'node_modules', '.cache', 'hookward-bench')
await build({
  entryPoints: { bench: 'benchmarks/bench/bench.ts', opened: 'benchmarks/bench/opened.ts', sink: 'benchmarks/sink.ts' },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  sourcemap: 'linked',
  logLevel: 'error',
})
const isProfiled = process.argv.includes('--cpu-prof')
const flags = ['--expose-gc', '--enable-source-maps', ...(isProfiled ? ['--cpu-prof', '--cpu-prof-dir=profiles'] : [])]
const rest = process.argv.slice(2).filter((word) => word !== '--cpu-prof')
const child = spawn(process.execPath, [...flags, join(outdir, 'bench.mjs'), ...rest], { stdio: 'inherit' })
child.on('exit', (code) => (process.exitCode = code ?? 1))
