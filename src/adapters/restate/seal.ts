import { createCipheriv, createDecipheriv, createHmac, hkdfSync, type BinaryLike } from 'node:crypto'
import { HookwardError } from '../../domain/errors.ts'

/** Values as bytes that only those can read who have the key. */
export interface Seal {
  /** The same value gives the same bytes: what is replayed has to be what was written. */
  close(value: unknown): Uint8Array
  /** Throws `RESTATE_KEY` for bytes of another key, or of none. */
  open(bytes: Uint8Array): unknown
}

const [cipher, ivBytes, tagBytes] = ['aes-256-gcm', 12, 16] as const

/**
 * Seals JSON: whatever stands in Restate's journals and state, where everybody who can see its pages could read it, is
 * encrypted, with an initialisation vector made from the text under a key of its own.
 */
export function sealWith(key: string): Seal {
  const derived = (use: string) => Buffer.from(hkdfSync('sha256', key, 'hookward', use, 32))
  const [textKey, ivKey] = [derived('text'), derived('iv')]
  const ivOf = (text: BinaryLike) => createHmac('sha256', ivKey).update(text).digest().subarray(0, ivBytes)
  return {
    close: (value) => {
      const text = Buffer.from(JSON.stringify(value ?? null))
      const iv = ivOf(text)
      const sealing = createCipheriv(cipher, textKey, iv)
      const sealed = [sealing.update(text), sealing.final()]
      return Buffer.concat([iv, sealing.getAuthTag(), ...sealed])
    },
    open: (bytes) => JSON.parse(textOf(bytes, textKey)) as unknown,
  }
}

function textOf(bytes: Uint8Array, textKey: Buffer): string {
  try {
    const opening = createDecipheriv(cipher, textKey, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
    opening.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
    return Buffer.concat([opening.update(bytes.subarray(ivBytes + tagBytes)), opening.final()]).toString()
  } catch (error) {
    throw new HookwardError('RESTATE_KEY', 'what was read was not sealed with this key', { cause: error })
  }
}
