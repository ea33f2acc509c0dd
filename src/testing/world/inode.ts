/** What a file holds, and how much of it a power cut leaves. It only ever grows at its end. */
export class Inode {
  #bytes: Buffer
  #length: number
  #flushed: number
  /** A flush has failed: the system takes what was not flushed for flushed, and never writes it. */
  isForgotten: boolean

  constructor(data: Buffer = Buffer.alloc(0), flushed = data.length, isForgotten = false) {
    this.#bytes = data
    this.#length = data.length
    this.#flushed = flushed
    this.isForgotten = isForgotten
  }

  get data(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.byteLength
    if (length > this.#bytes.length) this.#grow(Math.max(length, 2 * this.#bytes.length))
    this.#bytes.set(bytes, this.#length)
    this.#length = length
  }

  flush(): void {
    if (!this.isForgotten) this.#flushed = this.#length
  }

  /** As another process finds it, after the end of the one that wrote it. */
  copy(): Inode {
    return new Inode(Buffer.from(this.data), this.#flushed, this.isForgotten)
  }

  /** As a power cut leaves it: of what was not flushed a part may be there, or its length without the bytes. */
  torn(chance: () => number): Inode {
    const loose = this.#length - this.#flushed
    if (loose <= 0) return new Inode(Buffer.from(this.data))
    const kept = this.#flushed + Math.floor(loose * chance())
    const part = Buffer.from(this.#bytes.subarray(0, kept))
    if (chance() < 0.3) part.fill(0, this.#flushed)
    return new Inode(part)
  }

  #grow(capacity: number): void {
    const bytes = Buffer.allocUnsafe(capacity)
    this.data.copy(bytes)
    this.#bytes = bytes
  }
}
