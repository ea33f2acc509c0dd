import { createHookward, HookwardError, type Hookward } from '../../src/index.ts'

/** What this application emits. */
export interface Topics {
  'invoice.paid': { readonly invoice: string }
}

const { env } = process

/** The engine of this process, or its place among those that stand by: either is ready to take events. */
export function openEngine(): Promise<Hookward<Topics>> {
  return createHookward<Topics>({
    dir: env.DATA_DIR ?? './data',
    standby: true,
    setUp,
    network: { allow: (env.ALLOW ?? '').split(',').filter((entry) => entry !== '') },
    logger: console,
  })
}

/** Safe at every start: what is known already writes nothing and sends nothing. */
async function setUp({ integrations, installations }: Hookward<Topics>): Promise<void> {
  const [url, secret] = [env.RECEIVER_URL ?? '', env.RECEIVER_SECRET ?? '']
  await integrations.put({ slug: 'billing', organization: 'acme', url, secret, topics: ['invoice'] })
  await installations.install({ integration: 'billing', organization: 'acme' })
}

/** An event as `emit` takes it; its key makes a repeated request harmless for a day. */
export function paid(hookward: Hookward<Topics>, invoice: string) {
  const event = { topic: 'invoice.paid', organization: 'acme', data: { invoice } } as const
  return hookward.emit(event, { key: `invoice-paid-${invoice}` })
}

/** What to answer whoever asked for what could not be emitted. */
export function refusalOf(error: unknown): { readonly status: number; readonly code: string } {
  const code = error instanceof HookwardError ? error.code : 'UNKNOWN'
  if (code.startsWith('EVENT_')) return { status: 400, code }
  // Full, failed or stopping: the caller may try again.
  return { status: /^(STORE|SPOOL|ENGINE)_/.test(code) ? 503 : 500, code }
}
