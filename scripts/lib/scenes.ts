import { startStage, type Stage } from './stage.ts'
import type { DashboardOptions } from '../../src/dashboard.ts'

const names = [
  ['ledgerly', 'Ledgerly Sync'],
  ['northwind', 'Northwind ERP'],
  ['pagerhub', 'PagerHub'],
  ['acme-bot', 'Acme Bot'],
  ['shipfast', 'Shipfast Tracking'],
  ['mailcraft', 'Mailcraft'],
  ['stockpile', 'Stockpile'],
  ['taxonaut', 'Taxonaut'],
  ['quillpad', 'Quillpad'],
  ['harbor', 'Harbor CRM'],
] as const

const hourMs = 3_600_000

/** Four days in which some receivers fail, one by one, each in its way. */
export async function fourDays(options: DashboardOptions): Promise<Stage> {
  const stage = await startStage(options)
  const { answers, emit, hookward, pass, register } = stage
  for (const [slug, name] of names) await register(slug, name)
  const all = names.map(([slug]) => slug)
  await pass(30 * hourMs, 2 * hourMs, all)
  answers('mailcraft', 'flaky')
  answers('harbor', 'gone')
  await pass(10 * hourMs, hourMs, all)
  await hookward.integrations.disable('harbor', { by: 'ada', reason: 'they moved away, see ticket 812' })
  await hookward.integrations.pause('quillpad', { by: 'grace', reason: 'their maintenance window' })
  await pass(40 * hourMs, 2 * hourMs, all)
  answers('acme-bot', 'hostile')
  answers('mailcraft', 'ok')
  await pass(hourMs * 6, hourMs / 2, all)
  answers('pagerhub', 'flaky')
  for (let n = 0; n < 12; n += 1) {
    stage.clock.advanceBy(60_000)
    await emit('pagerhub', 3)
  }
  return stage
}
