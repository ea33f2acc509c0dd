import { crc32 } from 'node:zlib'

/** `["1c291ca3",`: the bytes of a line before its number. */
const headBytes = 12
const [newline, comma, closing] = [10, 44, 93]

/** A line that was read back: whole, or of which nothing is known but its place. */
export interface Line {
  /** Null when the bytes do not match their checksum, or are no line at all. */
  readonly seq: number | null
  readonly start: number
  /** After the newline. */
  readonly end: number
  /** The JSON text of the record stands from here to two bytes before the end. */
  readonly textStart: number
}

/**
 * One record as one line of valid JSON: checksum, number, record. The checksum covers what follows it. As bytes: a text
 * of this length would be copied for the checksum, for its length and for the file.
 */
export function lineOf(seq: number, text: string): Buffer {
  const covered = `${seq},${text}`
  const end = headBytes + Buffer.byteLength(covered)
  const line = Buffer.allocUnsafe(end + 2)
  line.write(covered, headBytes)
  line.write(`["${checksum(line.subarray(headBytes, end))}",`, 'latin1')
  line.write(']\n', end, 'latin1')
  return line
}

/** Where the JSON text begins in a line. */
export function textOffset(seq: number): number {
  return headBytes + String(seq).length + 1
}

/** Eight hex digits. */
export function checksum(bytes: string | Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, '0')
}

/** Every line of a file, good and bad, in order. */
export function* linesIn(bytes: Buffer): Generator<Line> {
  for (let start = 0; start < bytes.length;) {
    const at = bytes.indexOf(newline, start)
    // A last line that lacks its newline alone is a whole one.
    const stop = at === -1 ? bytes.length : at
    yield readLine(bytes, start, stop)
    start = stop + 1
  }
}

/** The record of a good line. */
export function recordOf(bytes: Buffer, line: Line): string {
  const stop = Math.min(line.end - 1, bytes.length)
  return bytes.toString('utf8', line.textStart, stop - 1)
}

function readLine(bytes: Buffer, start: number, stop: number): Line {
  const bad = { seq: null, start, end: Math.min(stop + 1, bytes.length), textStart: start }
  const isFramed = stop - start > headBytes + 3 && bytes[stop - 1] === closing
  if (!isFramed) return bad
  const head = bytes.toString('latin1', start, start + headBytes)
  if (head !== `["${checksum(bytes.subarray(start + headBytes, stop - 1))}",`) return bad
  const at = bytes.indexOf(comma, start + headBytes)
  const seq = Number(bytes.toString('latin1', start + headBytes, at))
  return Number.isSafeInteger(seq) ? { seq, start, end: stop + 1, textStart: at + 1 } : bad
}
