import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { chromiumPath } from './lib/chromium.ts'
import { writePanel } from './lib/panel.ts'
import { fourDays } from './lib/scenes.ts'

/** `npm run screenshots`: the pictures of the README and the documentation, by Debian's chromium. */
const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs/images')
const executablePath = chromiumPath()
if (executablePath === undefined) {
  console.error('chromium is not installed: apt-get install chromium')
  process.exit(1)
}

const views = [
  ['light', { width: 1180, height: 820 }],
  ['dark', { width: 1180, height: 820 }],
  ['phone', { width: 390, height: 780 }],
] as const
const pages = [
  ['list', '#/', '.list'],
  ['integration', '#/i/acme-bot', '.chart .leaf.now'],
  ['operator', '#/operator', '.facts'],
] as const

const wanted = [
  'list-light',
  'list-phone',
  'integration-light',
  'integration-dark',
  'integration-phone',
  'operator-light',
]

mkdirSync(folder, { recursive: true })
await writePanel(root)
const stage = await fourDays({ authorize: () => 'ada' })
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  for (const [name, viewport] of views) {
    const page = await browser.newPage({ viewport, colorScheme: name === 'dark' ? 'dark' : 'light' })
    for (const [what, hash, shown] of pages) {
      if (!wanted.includes(`${what}-${name}`)) continue
      await page.goto(`${stage.url}${hash}`)
      await page.waitForSelector(shown)
      await page.waitForSelector('.link.live')
      const path = join(folder, `dashboard-${what}-${name}.png`)
      await page.screenshot({ path })
      console.log(path.slice(root.length + 1))
    }
    await page.close()
  }
} finally {
  await browser.close()
  await stage.close()
}
