import type { IntegrationId } from '../domain/integration.ts'
import type { Letter, Notice } from '../domain/notice.ts'

interface Rows {
  readonly notices: Map<string, Notice>
  readonly letters: Map<string, Letter>
}

/** The notices that are not closed, with their letters, as last put into a commit. */
export class NoticeRows {
  readonly #rows = new Map<IntegrationId, Rows>()

  /** Integrations with something still to be told. */
  get ids(): readonly IntegrationId[] {
    return [...this.#rows.keys()]
  }

  /** Adds or replaces by id. */
  put(notices: readonly Notice[], letters: readonly Letter[] = []): void {
    for (const notice of notices) this.#of(notice.integrationId).notices.set(notice.id, notice)
    for (const letter of letters) this.#of(letter.integrationId).letters.set(letter.id, letter)
  }

  has({ integrationId, id }: Notice): boolean {
    return this.#rows.get(integrationId)?.notices.has(id) === true
  }

  notices(id: IntegrationId): readonly Notice[] {
    return [...(this.#rows.get(id)?.notices.values() ?? [])]
  }

  letters(id: IntegrationId): readonly Letter[] {
    return [...(this.#rows.get(id)?.letters.values() ?? [])]
  }

  lettersOf({ integrationId, id }: Notice): readonly Letter[] {
    return this.letters(integrationId).filter(({ noticeId }) => noticeId === id)
  }

  /** A closed notice and its letters are the store's to keep. */
  close(notice: Notice): void {
    const rows = this.#rows.get(notice.integrationId)
    if (rows === undefined) return
    for (const { id } of this.lettersOf(notice)) rows.letters.delete(id)
    rows.notices.delete(notice.id)
    if (rows.notices.size === 0) this.#rows.delete(notice.integrationId)
  }

  /** Drops the rows of an integration that is gone. */
  forget(id: IntegrationId): void {
    this.#rows.delete(id)
  }

  #of(id: IntegrationId): Rows {
    const known = this.#rows.get(id)
    if (known !== undefined) return known
    const rows: Rows = { notices: new Map(), letters: new Map() }
    this.#rows.set(id, rows)
    return rows
  }
}
