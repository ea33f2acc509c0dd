import { readFile } from 'node:fs/promises'
import { failed } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** The text of a file; of stdin where it is called `-`. */
export async function inputOf(file: string, terminal: Terminal): Promise<string> {
  try {
    return await (file === '-' ? terminal.input() : readFile(file, 'utf8'))
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    throw failed('FILE_UNREADABLE', `${file} cannot be read (${code})`, { cause })
  }
}
