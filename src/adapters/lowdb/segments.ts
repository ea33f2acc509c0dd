import { join } from 'node:path'
import type { Files } from './files.ts'
import type { SegmentFacts } from './journal.ts'
import { segmentName, segmentNumber } from './journal.ts'
import { linesIn, type Line } from './lines.ts'

/** A segment as it was found. */
export interface FoundSegment extends SegmentFacts {
  /** Where the tail that was never finished begins; undefined when there is none. */
  readonly tornAt?: number
  readonly isDamaged: boolean
}

/** Something in the journal that is not as it should be. */
export interface JournalFinding {
  readonly kind: 'torn' | 'line' | 'gap' | 'twice'
  readonly segment: number
  readonly offset: number
  readonly bytes: number
  /** The first and the last record that is missing, where that is known, or the one that is there twice. */
  readonly records?: readonly [number, number]
}

/** The journal as it was found. */
export interface FoundJournal {
  readonly segments: ReadonlyMap<number, FoundSegment>
  readonly findings: readonly JournalFinding[]
  /** The last good record, or `floor` when there is none after it. */
  readonly lastSeq: number
  readonly lines: number
  readonly bytes: number
}

/** Reads every line of every segment and looks for what is missing after `floor`. Changes nothing. */
export async function scanJournal(files: Files, folder: string, floor: number): Promise<FoundJournal> {
  const numbers = await segmentsIn(files, folder)
  const scan = new Scan(floor)
  for (const segment of numbers) {
    const bytes = (await files.read(join(folder, segmentName(segment)))) ?? Buffer.alloc(0)
    scan.read(segment, bytes, segment === numbers.at(-1))
  }
  return scan
}

/** The numbers of the segments in a folder, in order. */
export async function segmentsIn(files: Files, folder: string): Promise<readonly number[]> {
  const numbers = (await files.list(folder)).map(segmentNumber)
  return numbers.filter((number) => number !== undefined).toSorted((a, b) => a - b)
}

class Scan implements FoundJournal {
  readonly segments = new Map<number, FoundSegment>()
  readonly findings: JournalFinding[] = []
  lastSeq: number
  lines = 0
  bytes = 0
  #before = 0

  constructor(floor: number) {
    this.lastSeq = floor
  }

  read(segment: number, bytes: Buffer, isLast: boolean): void {
    let bad: { readonly start: number; readonly end: number } | undefined
    let segmentSeq = 0
    const before = this.findings.length
    for (const line of linesIn(bytes)) {
      this.lines += 1
      if (line.seq === null) bad = { start: bad?.start ?? line.start, end: line.end }
      else {
        this.#good(segment, line, line.seq, bad)
        segmentSeq = Math.max(segmentSeq, line.seq)
        bad = undefined
      }
    }
    this.bytes += bytes.length
    if (bad !== undefined) this.#find(isLast ? 'torn' : 'line', segment, bad)
    const torn = bad !== undefined && isLast ? { tornAt: bad.start } : {}
    const isDamaged = this.findings.slice(before).some(({ kind }) => kind !== 'torn')
    this.segments.set(segment, { lastSeq: segmentSeq, bytes: bytes.length, isDamaged, ...torn })
  }

  /** Records up to the floor are in the documents: of those, only the lines that stand there must be good. */
  #good(segment: number, line: Line, seq: number, bad: { start: number; end: number } | undefined): void {
    const missing = [this.lastSeq + 1, seq - 1] as const
    const isGap = seq > this.lastSeq + 1
    // Two processes have written at a time, or a file was put back.
    if (seq <= this.#before) this.#find('twice', segment, { start: line.start, end: line.end }, [seq, seq])
    this.#before = Math.max(this.#before, seq)
    if (bad !== undefined) this.#find('line', segment, bad, isGap ? missing : undefined)
    else if (isGap) this.#find('gap', segment, { start: line.start, end: line.start }, missing)
    this.lastSeq = Math.max(this.lastSeq, seq)
  }

  #find(
    kind: JournalFinding['kind'],
    segment: number,
    { start, end }: { readonly start: number; readonly end: number },
    records?: readonly [number, number],
  ): void {
    const found = { kind, segment, offset: start, bytes: end - start }
    this.findings.push(records === undefined ? found : { ...found, records })
  }
}
