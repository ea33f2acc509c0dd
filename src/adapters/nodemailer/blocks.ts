/** A table ready to be printed: each cell is one line of plain text. */
export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A place to go to. `main`: the one thing the letter asks for. */
export interface Link {
  readonly label: string
  readonly url: string
  readonly main: boolean
}

/** One piece of a letter, in plain text; text part and HTML part print the same blocks. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | ({ readonly kind: 'link' } & Link)
  | ({ readonly kind: 'table' } & Table)

/** The longest value printed, in characters. */
export const valueCharsMax = 500

/**
 * Makes someone else's text safe to stand in a sentence: one line, nothing invisible that reorders text, bounded.
 * Ordinary names come out exactly as they are.
 * @param charsMax @default 500
 */
export function oneLine(text: string, charsMax: number = valueCharsMax): string {
  const cut = text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text
  return cut.replace(/\p{Cs}/gu, '\ufffd').replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
}
