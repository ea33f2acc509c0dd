import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HookwardError } from '../../domain/errors.ts'

/** Makes a folder that only its owner may enter, durably. One that is there already keeps its rights. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    const first = await mkdir(folder, { recursive: true, mode: 0o700 })
    if (first !== undefined) await flushNames(folder, dirname(first))
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new HookwardError('STORE_UNWRITABLE', `the folder ${folder} cannot be made (${code})`, { cause })
  }
}

/** Makes names that were added to a folder, or taken from it, outlive a power cut. */
export async function flushFolder(folder: string): Promise<void> {
  // Windows has no handle for a folder, and keeps its names by itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Writes a new file that only its owner may read, and flushes it; throws when the name is taken. */
export async function writeFlushed(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
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

/** Every folder between the one asked for and the one that was there before. */
async function flushNames(folder: string, top: string): Promise<void> {
  for (let parent = dirname(folder); ; parent = dirname(parent)) {
    await flushFolder(parent)
    if (parent === top || parent === dirname(parent)) return
  }
}
