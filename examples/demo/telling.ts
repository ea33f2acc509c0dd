import { parseArgs } from 'node:util'
import type { Explanation, Hookward } from '../../src/index.ts'
import type { ManualClock } from '../../src/testing.ts'
import type { Mailbox, ReceiverProcess } from './stage.ts'

/** What a story is played with. */
export interface Scene {
  readonly hookward: Hookward
  readonly receiver: ReceiverProcess
  readonly mailbox: Mailbox
  readonly clock: ManualClock
  /** Every step of health so far. */
  readonly states: readonly Explanation[]
}

export const secret = 'demo-secret-that-both-sides-share'
export const slug = 'acme-bot'
export const issue = {
  ...{ id: '100', shortId: 'WEB-7', title: 'TypeError: x is undefined' },
  project: { slug: 'web-app' },
}
export const ada = { type: 'user', id: 42, name: 'Ada' } as const
const { values: flags } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

/** Two integrations of one organisation, with two owners. */
export async function register({ hookward, receiver }: Scene): Promise<void> {
  const owners = [{ email: 'ada@acme.example' }, { email: 'grace@acme.example' }]
  for (const [id, name, topics] of [
    [slug, 'Acme Bot', ['issue', 'comment']],
    ['audit-log', 'Audit Log', ['comment']],
  ] as const) {
    const url = `${receiver.url}/${id}`
    await hookward.integrations.put({ slug: id, organization: 'acme', name, url, secret, topics, owners })
    await hookward.installations.install({ integration: id, organization: 'acme' })
  }
}

/** A comment is made, and all that follows from it now is done. */
export async function comment({ hookward }: Scene, text: string): Promise<void> {
  await hookward.notifyComment({
    organization: 'acme',
    action: 'created',
    comment: { id: 1234, text },
    issue,
    actor: ada,
  })
  await hookward.idle()
}

/** The chart has got somewhere. */
export function step(name: string, { integration, state }: Explanation, detail: string): void {
  if (flags.json) console.log(JSON.stringify({ step: name, integration, state, detail }))
  else console.log(`  => ${integration} is ${state.toUpperCase()}: ${detail}`)
}

export function say(line: string): void {
  if (!flags.json) console.log(line)
}

/** The states that were entered, in their order. */
export async function sayPath({ hookward }: Scene): Promise<void> {
  const walked = (await hookward.transitions(slug)).map(({ to }) => to).reverse()
  say(`\nThe chart's path: ${['healthy.steady', ...walked].join(' -> ')}`)
}
