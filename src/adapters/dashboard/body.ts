import { refuse, type Field } from '../../policy/check.ts'

const at: Field = { code: 'OPTION_INVALID', name: 'the body' }

/** What was posted, as JSON; what is larger is not read to its end. */
export async function bodyOf(request: Request, bytesMax = 65_536): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) return refuse(at, `must not be longer than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return refuse(at, 'must be JSON')
  }
}
