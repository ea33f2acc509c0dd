import { lineOf, linesIn, recordOf } from '../lowdb/lines.ts'

/** One file of the spool: what one process handed over at one time. Its name says whose it is, in which order, how long. */
export interface SpoolFile {
  readonly name: string
  /** The process that wrote it. */
  readonly writer: string
  readonly bytes: number
}

/** What was found in a file: its good records in order, and what is wrong with the rest; null when nothing is. */
export interface SpoolContent {
  readonly records: readonly string[]
  readonly fault: string | null
}

const wellNamed = /^([0-9a-z]{9}-[0-9a-f]{12})-(\d{10})-(\d{1,12})\.jsonl$/

/** The name of the n-th file of a writer; names sort by writer, and then in the order they were written. */
export function spoolName(writer: string, n: number, bytes: number): string {
  return `${writer}-${String(n).padStart(10, '0')}-${bytes}.jsonl`
}

/** Null for a name that no writer gives. */
export function parseSpoolName(name: string): SpoolFile | null {
  const [, writer, , bytes] = wellNamed.exec(name) ?? []
  return writer === undefined || bytes === undefined ? null : { name, writer, bytes: Number(bytes) }
}

/** Records as lines of JSON, each with a checksum and its number. */
export function spoolBytes(records: readonly string[]): Buffer {
  return Buffer.concat(records.map((record, n) => lineOf(n + 1, record)))
}

/** Reads a file back. The name tells its length, so that a cut at the end of a line is noticed, too. */
export function readSpool(file: SpoolFile, bytes: Buffer): SpoolContent {
  const lines = [...linesIn(bytes)]
  const good = lines.filter(({ seq }) => seq !== null)
  const records = good.map((line) => recordOf(bytes, line))
  const bad = lines.length - good.length
  if (bad > 0) return { records, fault: `has ${bad} of ${lines.length} lines that do not match their checksums` }
  const isWhole = bytes.length === file.bytes && good.every(({ seq }, n) => seq === n + 1)
  return { records, fault: isWhole ? null : `has ${bytes.length} bytes, and not the ${file.bytes} that were written` }
}
