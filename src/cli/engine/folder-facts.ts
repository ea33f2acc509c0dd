import type { IntegrationId } from '../../domain/integration.ts'
import { plain, timeText } from '../words.ts'

/** What stands beside an answer that a folder gave, and no engine. */
export interface FolderFacts {
  readonly dir: string
  /** The moment that its numbers are of. */
  readonly asOf: number
  /** Whether an engine has it open. */
  readonly engine: 'running' | 'stopped'
  /** When an engine was last heard of in it. @default never */
  readonly heardAt?: number
  /** Of these the numbers are as they were last written, since their policy is the host's own. */
  readonly recorded: readonly IntegrationId[]
}

/** An answer of a folder. */
export interface FromFolder {
  /** Left out where an engine answered. */
  readonly folder?: FolderFacts
}

/** Puts beside an answer that it is a folder's, where it is. */
export function besideFolder<T extends object>(value: T, folder: FolderFacts | undefined): T & FromFolder {
  return folder === undefined ? value : { ...value, folder }
}

/** The lines above what a folder tells; of one integration, or of all. */
export function folderLines(folder: FolderFacts | undefined, slug?: IntegrationId): readonly string[] {
  if (folder === undefined) return []
  const { dir, asOf: at, engine, heardAt, recorded } = folder
  const from = `As of ${timeText(at)}, from the folder ${plain(dir)}`
  const heard =
    heardAt === undefined
      ? ''
      : `; the last was heard of at ${timeText(heardAt)}, and the time since counts for nothing`
  const own = slug === undefined ? recorded : recorded.filter((id) => id === slug)
  return [
    engine === 'running'
      ? `${from}: an engine has it open, and this is a moment behind it.`
      : `${from}: no engine has it open${heard}.`,
    ...(own.length === 0
      ? []
      : [`The numbers of ${own.join(', ')} are as they were last written: the policy is the host's own.`]),
    '',
  ]
}
