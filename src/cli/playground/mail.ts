/** One mail as it is shown. */
export interface Mail {
  readonly to: readonly string[]
  readonly subject: string
  /** The part that is plain text. */
  readonly text: string
}

/** Reads what our own letters are made of: one level of parts, in UTF-8. */
export function readMail(to: readonly string[], raw: string): Mail {
  const { headers, body } = partOf(raw)
  const boundary = /boundary="?([^";]+)"?/i.exec(headers.get('content-type') ?? '')?.[1]
  const parts = boundary === undefined ? [{ headers, body }] : partsOf(body, boundary)
  const plain = parts.find((part) => (part.headers.get('content-type') ?? 'text/plain').startsWith('text/plain'))
  const text = plain === undefined ? '' : decoded(plain.body, plain.headers.get('content-transfer-encoding') ?? '')
  return { to, subject: words(headers.get('subject') ?? ''), text: text.replaceAll('\r\n', '\n').trimEnd() }
}

interface Part {
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

function partOf(raw: string): Part {
  const end = raw.indexOf('\r\n\r\n')
  const head = end < 0 ? raw : raw.slice(0, end)
  // A line that begins with a blank goes on with the one before.
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { headers: new Map(headers), body: end < 0 ? '' : raw.slice(end + 4) }
}

function partsOf(body: string, boundary: string): readonly Part[] {
  const pieces = body.split(`--${boundary}`).slice(1, -1)
  return pieces.map((piece) => partOf(piece.replace(/^\r\n/, '').replace(/\r\n$/, '')))
}

function decoded(body: string, encoding: string): string {
  if (/base64/i.test(encoding)) return Buffer.from(body, 'base64').toString()
  return /quoted-printable/i.test(encoding) ? quoted(body.replaceAll(/=\r\n/g, '')) : body
}

function quoted(text: string): string {
  const bytes = text.replaceAll(/(?:=[0-9A-F]{2})+/gi, (run) => Buffer.from(run.replaceAll('=', ''), 'hex').toString())
  return bytes
}

/** Encoded words of a header, as in RFC 2047. */
function words(header: string): string {
  const joined = header.replaceAll(/\?=\s+=\?/g, '?==?')
  return joined.replaceAll(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
    kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString() : quoted(text.replaceAll('_', ' ')),
  )
}
