/** Where a request goes, as undici takes it. */
export interface Place {
  readonly origin: string
  readonly path: string
}

const keptMax = 10_000

/** URLs that were taken apart already: the same few are sent to again and again. */
export class Places {
  readonly #kept = new Map<string, Place>()

  /** Nothing for what is no URL. */
  of(url: string): Place | undefined {
    return this.#kept.get(url) ?? this.#read(url)
  }

  /** Of more than 10,000, the one read first is read again. */
  #read(url: string): Place | undefined {
    if (!URL.canParse(url)) return undefined
    const { origin, pathname, search } = new URL(url)
    const place = { origin, path: pathname + search }
    const [first] = this.#kept.size < keptMax ? [] : this.#kept.keys()
    if (first !== undefined) this.#kept.delete(first)
    this.#kept.set(url, place)
    return place
  }
}
