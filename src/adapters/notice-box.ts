import type { IntegrationId } from '../domain/integration.ts'
import type { Letter, Notice } from '../domain/notice.ts'
import type { StoreDocument, StoredNotice } from './store-document.ts'

const keptMs = 30 * 86_400_000

/** The notices of all integrations with their letters, in order of first appearance. */
export class NoticeBox {
  readonly #notices: Map<string, StoredNotice>
  readonly #letters: Map<string, Letter>

  constructor({ notices, letters }: Pick<StoreDocument, 'notices' | 'letters'>) {
    this.#notices = new Map(notices.map((stored) => [stored.notice.id, stored]))
    this.#letters = new Map(letters.map((letter) => [letter.id, letter]))
  }

  /** Adds or replaces by id; `at` is when the 30 days of a notice begin that is closed now. */
  put(notices: readonly Notice[], letters: readonly Letter[], at: number): void {
    for (const notice of notices) {
      const closedAt = isOpen(notice) ? null : (this.#notices.get(notice.id)?.closedAt ?? at)
      this.#notices.set(notice.id, { notice, closedAt })
    }
    for (const letter of letters) this.#letters.set(letter.id, letter)
  }

  notices(id: IntegrationId): readonly Notice[] {
    return [...this.#notices.values()].map(({ notice }) => notice).filter(({ integrationId }) => integrationId === id)
  }

  letters(id: IntegrationId): readonly Letter[] {
    return [...this.#letters.values()].filter(({ integrationId }) => integrationId === id)
  }

  /** What still has to be done, with all letters of it, sent ones too. */
  open(): { readonly notices: readonly Notice[]; readonly letters: readonly Letter[] } {
    const notices = [...this.#notices.values()].map(({ notice }) => notice).filter(isOpen)
    const ids = new Set(notices.map(({ id }) => id))
    return { notices, letters: [...this.#letters.values()].filter(({ noticeId }) => ids.has(noticeId)) }
  }

  remove(id: IntegrationId): void {
    for (const notice of this.notices(id)) this.#notices.delete(notice.id)
    for (const letter of this.letters(id)) this.#letters.delete(letter.id)
  }

  /**
   * A closed notice is kept for 30 days, and its letters with it; while its incident goes on for longer, because it tells
   * what owners have heard of already. Whether anything went.
   */
  prune(at: number, goingOn: ReadonlySet<string>): boolean {
    const aged = new Set<string>()
    for (const { notice, closedAt } of this.#notices.values())
      if (closedAt !== null && at - closedAt >= keptMs && !goingOn.has(notice.incidentId)) aged.add(notice.id)
    for (const id of aged) this.#notices.delete(id)
    for (const { id, noticeId } of this.#letters.values()) if (aged.has(noticeId)) this.#letters.delete(id)
    return aged.size > 0
  }

  /** Those of these integrations. */
  among(ids: ReadonlySet<IntegrationId>): Pick<StoreDocument, 'notices' | 'letters'> {
    const { notices, letters } = this.toJSON()
    return {
      notices: notices.filter(({ notice }) => ids.has(notice.integrationId)),
      letters: letters.filter(({ integrationId }) => ids.has(integrationId)),
    }
  }

  toJSON(): Pick<StoreDocument, 'notices' | 'letters'> {
    return { notices: [...this.#notices.values()], letters: [...this.#letters.values()] }
  }
}

function isOpen({ status }: Notice): boolean {
  return status === 'pending' || status === 'expanded'
}
