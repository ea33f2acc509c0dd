const tokenCharsMin = 20

/**
 * A URL as people are shown it: without what may be a credential. Query and fragment are left out, a login too, and of
 * parts of the path that look like a token all but the first four characters.
 */
export function bareUrl(url: string): string {
  if (!URL.canParse(url)) return url.replace(/[?#].*$/s, '')
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname.split('/').map(shownPart).join('/')}`
}

/** As tokens are: long, and of letters and digits alike. */
function shownPart(part: string): string {
  const isToken = part.length >= tokenCharsMin && /\d/.test(part) && /[a-z]/i.test(part)
  return isToken ? `${part.slice(0, 4)}...` : part
}
