import { existsSync } from 'node:fs'

/** `CHROMIUM_PATH`, or else where Debian puts its chromium; `undefined` when there is none. */
export function chromiumPath(): string | undefined {
  const given = process.env['CHROMIUM_PATH']
  const places = given === undefined ? ['/usr/bin/chromium', '/usr/bin/chromium-browser'] : [given]
  return places.find((path) => existsSync(path))
}
