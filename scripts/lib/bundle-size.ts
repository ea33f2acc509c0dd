import { build } from 'esbuild'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** What a bundler keeps of the package for a program. */
export interface BundleSize {
  readonly bytes: number
  readonly gzipBytes: number
}

/** Programs, and what of us they may carry at most, in bytes: who takes one thing does not pay for the engine. */
export const programs = [
  [`export { createHookward } from 'hookward'`, 320 * 1_024],
  [`export { memoryStore } from 'hookward'`, 20 * 1_024],
  [`export { HookwardError } from 'hookward'`, 6 * 1_024],
  [`export { standard } from 'hookward/policy'`, 30 * 1_024],
  [`export { integration } from 'hookward/machines'`, 28 * 1_024],
  [`export { verifySentry } from 'hookward/verify'`, 2 * 1_024],
] as const

/** Bundles and minifies a program that imports `hookward`, from the sources; packages and Node's modules stay outside. */
export async function bundleSize(root: string, program: string): Promise<BundleSize> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: join(root, 'src'), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    logLevel: 'error',
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    packages: 'external',
    alias: Object.fromEntries(entries.map(([name, file]) => [name, join(root, 'src', file)])),
  })
  const bytes = outputFiles[0]?.contents ?? new Uint8Array()
  return { bytes: bytes.byteLength, gzipBytes: gzipSync(bytes).byteLength }
}

const entries = [
  ['hookward/verify', 'verify.ts'],
  ['hookward/policy', 'policy/index.ts'],
  ['hookward/machines', 'machines/index.ts'],
  ['hookward', 'index.ts'],
] as const
