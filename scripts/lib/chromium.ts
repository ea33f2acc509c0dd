import { existsSync } from 'node:fs'

/** Where Debian puts its chromium, if it is installed. */
export function chromiumPath(): string | undefined {
  const places = [process.env['CHROMIUM_PATH'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser']
  return places.find((path) => path !== '' && existsSync(path))
}
