import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import {
  createHookward,
  type AnyEvent,
  type AuditEntry,
  type Hookward,
  type HookwardOptions,
  type IntegrationInput,
} from '../../src/index.ts'
import { sentry } from '../../src/policy/health/sentry.ts'
import { manualClock, type ManualClock } from '../../src/testing.ts'
import { startReceiver, type Receiver } from './receiver.ts'
import { startSmtp, type SmtpListener } from './smtp.ts'

/** Options over those of the world; `undefined` takes one of them away. */
export type WorldOptions = { readonly [Name in keyof HookwardOptions]?: HookwardOptions[Name] | undefined }

/** One engine on real parts, with a clock that is moved by hand. All of it is taken down when the test ends. */
export interface World {
  readonly hookward: Hookward
  readonly receiver: Receiver
  readonly smtp: SmtpListener
  readonly clock: ManualClock
  readonly dir: string
  /** Everything the engine has told so far. */
  readonly events: readonly AnyEvent[]
  /** Another engine on the same folder; the first one must have been stopped. */
  readonly again: (options?: WorldOptions) => Promise<Hookward>
  /** Registers an integration called `bot` for the receiver and installs it in `acme`. */
  readonly register: (input?: Partial<IntegrationInput>) => Promise<void>
  /** A comment is made in `acme`, and everything that follows from it now is done. */
  readonly comment: (text?: string) => Promise<void>
}

export const oneDayMs = 86_400_000
export const secret = 'test-client-secret-0001'

/** The documents' rule with a window of two days and no retries, unless the options say otherwise. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const dir = await aFolder()
  const receiver = await startReceiver()
  const smtp = await startSmtp()
  const clock = manualClock()
  const events: AnyEvent[] = []
  const again = async (more: WorldOptions = {}) => {
    const given = {
      policy: sentry({ windowDays: 2, retriesMs: [] }),
      ...(options.store === undefined ? { dir } : {}),
      clock,
      network: { allow: ['127.0.0.0/8'] },
      ...(options.mailer === undefined ? { mail: { url: smtp.url, from: 'hooks@example.com' } } : {}),
      ...options,
      ...more,
    }
    const engine = await createHookward(given as HookwardOptions)
    engine.on('*', (event) => events.push(event))
    onTestFinished(() => engine.stop({ graceMs: 0 }))
    return engine
  }
  onTestFinished(async () => {
    await Promise.all([receiver.close(), smtp.close()])
    await rm(dir, { recursive: true, force: true })
  })
  const hookward = await again()
  const register = async (input: Partial<IntegrationInput> = {}) => {
    await hookward.integrations.put({ ...anIntegration(receiver.url), ...input })
    await hookward.installations.install(
      { integration: input.slug ?? 'bot', organization: 'acme' },
      { announce: false },
    )
  }
  const comment = async (text = 'looks good') => {
    await hookward.notifyComment(aComment(text))
    await hookward.idle()
  }
  return { hookward, receiver, smtp, clock, dir, events, again, register, comment }
}

/** Resolves when the condition holds; it is looked at on every turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

/** Everything has happened that needs no more than a few turns of the event loop. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Moves the clock on in steps, so that everything that falls due in between is done in its turn. */
export async function pass({ hookward, clock }: World, spanMs: number, stepMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < spanMs; passedMs += stepMs) {
    clock.advanceBy(stepMs)
    await hookward.idle()
  }
}

/** A folder that is gone when the test ends. */
export async function aFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** An integration that hears issues and comments, with two owners. */
export function anIntegration(url: string): IntegrationInput {
  return {
    slug: 'bot',
    organization: 'acme',
    name: 'Acme Bot',
    url: `${url}/hook`,
    secret,
    topics: ['issue', 'comment'],
    owners: [{ email: 'ada@acme.example' }, { email: 'grace@acme.example' }],
  }
}

export function aComment(text = 'looks good') {
  return {
    organization: 'acme',
    action: 'created',
    comment: { id: 1234, text, timestamp: Date.UTC(2024, 5, 1, 12) },
    issue: { id: 100 },
    project: { slug: 'web-app' },
    actor: { type: 'user', id: 42, name: 'Ada' },
  } as const
}

/** The entries of an audit that are about health: without those of registrations. */
export function aboutHealth(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  return entries.filter(({ action }) => !/^installation\.|^integration\.(registered|changed)$/.test(action))
}
