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

/** One record as one line of valid JSON: checksum, number, record. The checksum covers what follows it. */
export function lineOf(seq: number, text: string): Buffer {
  const line = Buffer.allocUnsafe(textOffset(seq) + Buffer.byteLength(text) + 2)
  writeLine(line, 0, seq, [text])
  return line
}

/**
 * Writes a line where it is to stand, and answers where it ends. As bytes: a text of this length would be copied for
 * the checksum, for its length and for the file; so is one that was put together from parts.
 * @param more JSON that follows the record, each as bytes of its own
 */
export function writeLine(
  into: Buffer,
  start: number,
  seq: number,
  parts: readonly string[],
  more: readonly Uint8Array[] = [],
): number {
  const covered = start + headBytes
  let end = covered + into.write(`${seq},`, covered, 'latin1')
  for (const part of parts) end += into.write(part, end)
  for (const one of more) {
    into[end] = comma
    into.set(one, end + 1)
    end += 1 + one.byteLength
  }
  into.write(`["${checksum(into.subarray(covered, end))}",`, start, 'latin1')
  return end + into.write(']\n', end, 'latin1')
}

/** The most bytes that a line may take. */
export function lineBytesMax(parts: readonly string[], more: readonly Uint8Array[]): number {
  let bytes = textOffset(Number.MAX_SAFE_INTEGER) + 2
  for (const { length } of parts) bytes += 3 * length
  for (const { byteLength } of more) bytes += byteLength + 1
  return bytes
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
