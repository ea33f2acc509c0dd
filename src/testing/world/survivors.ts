import { dirname } from 'node:path'
import type { Inode } from './inode.ts'

/** Files that have two names keep them. */
export function copies(copyOf: (inode: Inode) => Inode): (inode: Inode) => Inode {
  const known = new Map<Inode, Inode>()
  return (inode) => {
    const copy = known.get(inode) ?? copyOf(inode)
    known.set(inode, copy)
    return copy
  }
}

/** Of each folder, either the names as flushed or the newer ones. */
export function mixed(
  names: Map<string, Inode>,
  flushed: Map<string, Inode>,
  chance: () => number,
): Map<string, Inode> {
  const folders = new Set([...names.keys(), ...flushed.keys()].map((path) => dirname(path)))
  const left = new Map<string, Inode>()
  for (const folder of folders) {
    const source = chance() < 0.5 ? flushed : names
    for (const [path, inode] of source) if (dirname(path) === folder) left.set(path, inode)
  }
  return left
}
