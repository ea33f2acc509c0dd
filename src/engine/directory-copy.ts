import type { Changes, Revisions } from '../adapters/restate/directory.ts'
import type { Entry } from '../adapters/restate/wire.ts'
import { Catalogue } from './catalogue.ts'

/** What a host knows of who is registered: a copy, page by page as they change. */
export class DirectoryCopy {
  readonly #fetch: (known: Revisions) => Promise<Changes>
  readonly #pages = new Map<string, Readonly<Record<string, Entry>>>()
  #revisions: Revisions = {}
  #catalogue = new Catalogue()
  #under: Promise<void> = Promise.resolve()

  constructor(fetch: (known: Revisions) => Promise<Changes>) {
    this.#fetch = fetch
  }

  get catalogue(): Catalogue {
    return this.#catalogue
  }

  /** As it is now, one look after the other; rejects when it cannot be asked for. */
  look(): Promise<void> {
    const looked = this.#under.catch(() => undefined).then(() => this.#look())
    this.#under = looked
    return looked
  }

  async #look(): Promise<void> {
    const { revisions, pages } = await this.#fetch(this.#revisions)
    const changed = Object.entries(pages)
    this.#revisions = revisions
    for (const [page, entries] of changed) this.#pages.set(page, entries)
    if (changed.length > 0) this.#catalogue = this.#rebuilt()
  }

  /** In the order in which they were registered. */
  #rebuilt(): Catalogue {
    const entries = [...this.#pages.values()].flatMap((page) => Object.values(page))
    const catalogue = new Catalogue()
    const known = entries.flatMap(({ integration, installations }) =>
      integration ? [{ integration, installations }] : [],
    )
    known.sort((a, b) => a.integration.createdAt - b.integration.createdAt)
    for (const { integration } of known) catalogue.put(integration)
    const installations = known.flatMap((one) => one.installations).sort((a, b) => a.createdAt - b.createdAt)
    for (const installation of installations) catalogue.install(installation)
    return catalogue
  }
}
