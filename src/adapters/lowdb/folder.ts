import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HookwardError } from '../../domain/errors.ts'
import { nodeFiles, type Files } from './files.ts'

/** Makes a folder that only its owner may enter, durably. One that is there already keeps its rights. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeLevel(folder)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new HookwardError('STORE_UNWRITABLE', `the folder ${folder} cannot be made (${code})`, { cause })
  }
}

/** Level by level: Node's own recursion never ends below a folder that takes none, such as `/proc`. */
async function makeLevel(folder: string, hasParent = false): Promise<void> {
  const parent = dirname(folder)
  try {
    await mkdir(folder, { mode: 0o700 })
    await nodeFiles.flushFolder(parent)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return
    if (code !== 'ENOENT' || hasParent || parent === folder) throw cause
    await makeLevel(parent)
    await makeLevel(folder, true)
  }
}

/** Writes a new file that only its owner may read, and flushes it; throws when the name is taken. */
export async function writeFlushed(path: string, text: string | Uint8Array, files: Files = nodeFiles): Promise<void> {
  const file = await files.create(path)
  try {
    await file.write(typeof text === 'string' ? Buffer.from(text) : text)
    await file.flush()
  } finally {
    await file.close()
  }
}

/** The start of the name of every temporary file that stands for `path` until it is whole. */
export function temporaryPrefix(path: string): string {
  return `.${basename(path)}.`
}

/** Removes the temporary files of writes that never ended; gives their names. */
export async function removeLeftOvers(folder: string, paths: readonly string[]): Promise<readonly string[]> {
  const prefixes = paths.map(temporaryPrefix)
  const isLeftOver = (name: string) => name.endsWith('.tmp') && prefixes.some((prefix) => name.startsWith(prefix))
  const names = (await readdir(folder)).filter(isLeftOver)
  for (const name of names) await rm(join(folder, name), { force: true, recursive: true })
  return names
}
