import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { chromiumPath } from '../../scripts/lib/chromium.ts'
import { fourDays } from '../../scripts/lib/scenes.ts'
import { startStage, type Stage } from '../../scripts/lib/stage.ts'
import type { DashboardOptions } from '../../src/dashboard.ts'
import { faintTexts, unnamed } from './looks.ts'

const executablePath = chromiumPath()
const anyone = { authorize: () => 'ada' } as const
const minuteMs = 60_000
const hourMs = 60 * minuteMs

if (executablePath === undefined) console.warn('no chromium here: apt-get install chromium, or set CHROMIUM_PATH')

describe.skipIf(executablePath === undefined)('the dashboard in a browser', { timeout: 60_000 }, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
  }, 60_000)
  afterAll(() => browser.close())

  /** A page that must stay silent: whatever its console says is an error of ours. */
  async function open(stage: Stage, hash = '', options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const page = await browser.newPage(options)
    const said: string[] = []
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(error.message))
    onTestFinished(async () => {
      await page.close()
      expect(said.filter((text) => !/status of (?:40[039]|502)/.test(text))).toEqual([])
    })
    await page.goto(`${stage.url}${hash}`)
    await page.waitForSelector('.link.live')
    return page
  }

  async function staged(options: DashboardOptions = anyone): Promise<Stage> {
    const stage = await startStage(options)
    onTestFinished(() => stage.close())
    await stage.register('bot', 'Acme Bot')
    return stage
  }

  /** Lets time pass, an event in each step, until it is in this state. */
  async function until(stage: Stage, state: string, stepMs: number): Promise<void> {
    while ((await stage.hookward.explain('bot')).state !== state) await stage.pass(stepMs, stepMs, ['bot'])
  }

  async function askFor(page: Page, action: string, reason: string): Promise<void> {
    await page.getByRole('button', { name: action, exact: true }).click()
    await page.getByLabel('Reason, for the audit').fill(reason)
    await page.getByRole('dialog').getByRole('button', { name: action }).click()
  }

  it('shows an integration degrade, break and be disabled as it happens, and enables it by a probe', async () => {
    const stage = await staged()
    await stage.emit('bot', 3)
    const page = await open(stage, '#/i/bot')
    await page.waitForSelector('.head .state.healthy')
    stage.answers('bot', 'down')
    for (const [state, stepMs] of [
      ['degraded', 10_000],
      ['broken', 30_000],
      ['disabled', 2 * hourMs],
    ] as const) {
      await until(stage, state, stepMs)
      await page.waitForSelector(`.head .state.${state}`)
      await page.waitForSelector(`.chart .now[data-state^="${state}"]`)
      const { evidence } = await stage.hookward.explain('bot')
      await page.getByText(evidence.summary).first().waitFor()
    }
    expect(await page.getAttribute('.chart svg', 'aria-label')).toBe('The health chart. It is disabled now.')
    await askFor(page, 'Enable', 'they mended nothing')
    await page.getByRole('alert').getByText('PROBE_FAILED').waitFor()
    await page.keyboard.press('Escape')

    stage.answers('bot', 'ok')
    stage.clock.advanceBy(10 * minuteMs)
    await askFor(page, 'Enable', 'they mended it')
    await page.waitForSelector('.head .state.healthy')
    const [entry] = (await stage.hookward.audit('bot')).filter(({ action }) => action === 'integration.enabled')
    expect(entry).toMatchObject({ by: 'ada', reason: 'they mended it' })
  })

  it('replays what was left in the ledger, and shows how far it is', async () => {
    const stage = await staged()
    await stage.hookward.integrations.disable('bot', { reason: 'because' })
    await stage.emit('bot', 25)
    await stage.hookward.integrations.enable('bot', { reason: 'because', force: true, replay: 'none' })
    const page = await open(stage, '#/i/bot')
    await page.getByText('25 in all').waitFor()
    await page.getByRole('button', { name: 'Preview a replay' }).click()
    await page.getByText('25 match, 25 would be sent.').waitFor()
    await page.getByRole('button', { name: 'Replay', exact: true }).click()
    await page.getByLabel('Reason, for the audit').fill('they asked for it')
    await page.getByRole('dialog').getByRole('button', { name: 'Send once more' }).click()
    await page.getByText('of 25 sent').waitFor()
    for (let n = 0; n < 3; n += 1) {
      stage.clock.advanceBy(1_000)
      await stage.hookward.idle()
    }
    await page.getByText('25 of 25 sent. Done.').waitFor()
  })

  it('shows what a hostile receiver answers as text', async () => {
    const stage = await staged()
    stage.answers('bot', 'hostile')
    await stage.emit('bot')
    const page = await open(stage, '#/i/bot')
    await page.getByRole('region', { name: 'Requests' }).getByRole('link').first().click()
    const answer = page.locator('pre.answer')
    await answer.waitFor()
    expect(await answer.textContent()).toContain('<script>document.title=2</script>')
    expect(await page.locator('pre *').count()).toBe(0)
    expect(await page.title()).toMatch(/^Delivery dlv_\w+ · hookward$/)
    await page.getByRole('button', { name: 'Copy as curl' }).waitFor()
  })

  it('says so when the server refuses what the page offers', async () => {
    const stage = await staged({ authorize: (request, action) => request.method === 'GET' || action === 'read' })
    const page = await open(stage, '#/i/bot')
    await askFor(page, 'Pause', 'because')
    await page.getByRole('alert').getByText('authorize refuses pause').waitFor()
    expect((await stage.hookward.explain('bot')).state).toBe('healthy')
  })

  it('offers nothing to whoever may only look', async () => {
    const stage = await staged({})
    const page = await open(stage, '#/i/bot')
    await page.getByText('You may look, and change nothing here.').waitFor()
    expect(await page.getByRole('button', { name: /^(Enable|Pause|Disable|Probe|Replay)$/ }).count()).toBe(0)
  })

  it('is used by keyboard alone: search, open, ask, and leave again', async () => {
    const stage = await staged()
    await stage.register('other', 'Other')
    const page = await open(stage)
    await page.getByPlaceholder('Search').focus()
    await page.keyboard.type('acme')
    await page.getByRole('link', { name: 'Other' }).waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.id')).toBe('search')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Acme Bot' }).waitFor()
    await page.getByRole('button', { name: 'Pause' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('sends an event that somebody wrote, and says where it went', async () => {
    const stage = await staged()
    const page = await open(stage, '#/i/bot')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByLabel('Topic, as resource.action').fill('order.tested')
    await page.getByLabel('Data, as JSON').fill('{ "order":')
    await page.getByLabel('Reason, for the audit').fill('does it work?')
    const send = page.getByRole('dialog').getByRole('button', { name: 'Send' })
    await send.click()
    await page.getByRole('alert').getByText('NOT_JSON').waitFor()
    await page.getByLabel('Data, as JSON').fill('{ "order": 7 }')
    await send.click()
    await page.getByText(/It was accepted as delivery dlv_/).waitFor()
    await stage.hookward.idle()
    const [entry] = await stage.hookward.log('bot')
    expect(entry).toMatchObject({ topic: 'order.tested', became: 'delivered' })
  })

  it('turns the pages of a long list, and begins anew with each search', async () => {
    const stage = await staged()
    for (let n = 0; n < 204; n += 1) await stage.register(`app-${n + 100}`, `App ${n + 100}`)
    const page = await open(stage)
    const shown = page.locator('.more [role=status]')
    await shown.getByText('1 to 100 of 205').waitFor()
    expect(await page.getByRole('button', { name: 'Previous' }).isDisabled()).toBe(true)
    await page.getByLabel('Order').selectOption('name')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Next' }).click()
    await shown.getByText('201 to 205 of 205').waitFor()
    expect(await page.locator('.list tbody tr').count()).toBe(5)
    expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Previous' }).click()
    await shown.getByText('101 to 200 of 205').waitFor()
    await page.getByRole('searchbox').fill('app-1')
    await page.locator('.more').waitFor({ state: 'detached' })
    expect(await page.locator('.list tbody tr').count()).toBe(100)
  })

  it('goes back to what was looked for, and names each page after what it shows', async () => {
    const stage = await staged()
    await stage.register('other', 'Other')
    const page = await open(stage)
    expect(await page.title()).toBe('Integrations · hookward')
    await page.getByPlaceholder('Search').fill('acme')
    await page.getByRole('link', { name: 'Other' }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Acme Bot' }).click()
    await page.getByRole('heading', { name: 'Acme Bot' }).waitFor()
    expect(await page.title()).toBe('Acme Bot · hookward')
    expect(await page.evaluate('document.activeElement.tagName')).toBe('MAIN')
    await page.goBack()
    await page.getByRole('link', { name: 'Acme Bot' }).waitFor()
    expect(await page.getByPlaceholder('Search').inputValue()).toBe('acme')
    expect(await page.getByRole('link', { name: 'Other' }).count()).toBe(0)
    await page.getByRole('link', { name: 'Integrations' }).click()
    await page.getByRole('link', { name: 'Other' }).waitFor()
  })

  it('comes back by itself after a server that could not answer, and shows what happened meanwhile', async () => {
    const stage = await staged()
    const page = await open(stage, '#/i/bot')
    await page.waitForSelector('.head .state.healthy')
    await page.route('**/api/**', (route) => route.fulfill({ status: 502, body: 'Bad Gateway' }))
    await page.goto(`${stage.url}#/operator`)
    await page.waitForSelector('.link.lost')
    await stage.hookward.integrations.pause('bot', { reason: 'because' })
    await page.unroute('**/api/**')
    await page.waitForSelector('.link.live')
    await page.getByText('Lanes not open').waitFor()
    await page.goto(`${stage.url}#/i/bot`)
    await page.waitForSelector('.head .state.paused')
  })

  it.each([1_180, 390])(
    'is no wider than %d for names that have no end, and for a reason without a blank',
    async (width) => {
      const stage = await staged()
      await stage.hookward.integrations.put({
        ...{ slug: 's'.repeat(64), name: 'N'.repeat(256), organization: 'o'.repeat(128), topics: ['order'] },
        ...{ url: `https://bot.example/${'u'.repeat(500)}`, secret: 'a secret that both sides know', owners: [] },
      })
      await stage.hookward.integrations.pause('s'.repeat(64), { by: 'b'.repeat(64), reason: 'r'.repeat(200) })
      const page = await open(stage, '', { viewport: { width, height: 800 } })
      for (const [hash, shown] of [
        ['#/', '.list'],
        [`#/i/${'s'.repeat(64)}`, '.chart .now'],
        ['#/operator', '.facts'],
      ] as const) {
        await page.goto(`${stage.url}${hash}`)
        await page.waitForSelector(shown)
        expect(await page.evaluate('document.documentElement.scrollWidth'), hash).toBe(width)
      }
    },
  )

  describe('with four days behind it', () => {
    let stage: Stage
    beforeAll(async () => {
      stage = await fourDays(anyone)
    }, 60_000)
    afterAll(() => stage.close())

    it.each([
      ['light', 1_180],
      ['dark', 1_180],
      ['light', 390],
    ] as const)(
      'names every control, is never faint and never wider than its window: %s, %d wide',
      async (colorScheme, width) => {
        const page = await open(stage, '', { colorScheme, viewport: { width, height: 800 } })
        const [entry] = await stage.hookward.log('acme-bot', { errorsOnly: true })
        for (const [hash, shown] of [
          ['#/', '.list'],
          ['#/i/acme-bot', '.chart .now'],
          [`#/i/acme-bot/d/${entry?.deliveryId ?? ''}`, 'pre'],
          ['#/operator', '.facts'],
        ] as const) {
          await page.goto(`${stage.url}${hash}`)
          await page.waitForSelector(shown)
          expect(await page.evaluate(unnamed), hash).toEqual([])
          expect(await page.evaluate(faintTexts), hash).toEqual([])
          expect(await page.evaluate('document.documentElement.scrollWidth'), hash).toBe(width)
        }
        for (const action of ['Enable', 'Send']) {
          await page.goto(`${stage.url}#/i/acme-bot`)
          await page.getByRole('button', { name: action, exact: true }).click()
          await page.getByRole('dialog').waitFor()
          expect(await page.evaluate(unnamed), action).toEqual([])
          expect(await page.evaluate(faintTexts), action).toEqual([])
          await page.keyboard.press('Escape')
        }
      },
    )

    it('filters by state, tells states by word and shape, and never shows the query of a URL', async () => {
      const page = await open(stage)
      await page.getByRole('button', { name: /^broken/ }).click()
      await page.getByRole('link', { name: 'Harbor CRM' }).waitFor({ state: 'detached' })
      expect(await page.locator('.list tbody tr').count()).toBe(1)
      expect(await page.locator('.list tbody .state').textContent()).toContain('broken')
      expect(await page.locator('.list tbody .state svg path').count()).toBe(1)
      await page.getByRole('link', { name: 'Acme Bot' }).click()
      await page.getByText('/acme-bot?...').waitFor()
    })
  })
})
