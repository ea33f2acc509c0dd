import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { createHookward, memoryStore, type Hookward, type HookwardOptions, type MailOptions } from '../../src/index.ts'
import { sentry } from '../../src/policy/health/sentry.ts'
import { restate, serveRestate, type RestateWorker } from '../../src/restate.ts'
import { manualClock, type ManualClock } from '../../src/testing.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'
import { key, skipped, startRestate, type RestateServer } from '../support/restate.ts'
import { startSmtp, type SmtpListener } from '../support/smtp.ts'
import { anIntegration } from '../support/world.ts'

/** Where deliveries are made. */
export const runtimes = ['in process', 'on Restate'] as const
export type RuntimeName = (typeof runtimes)[number]

/** The server that the stories of one block share, started before the first of them where it is needed and can be. */
export function serverFor(runtime: RuntimeName) {
  const isCluster = runtime === 'on Restate'
  const isSkipped = isCluster && skipped !== ''
  let server: RestateServer | undefined
  beforeAll(async () => {
    if (isCluster && !isSkipped) server = await startRestate()
  }, 60_000)
  afterAll(() => server?.stop())
  return { isSkipped, server: () => server as RestateServer }
}

/** A host with its worker, where it has one. */
export interface Either {
  readonly hookward: Hookward
  readonly worker?: RestateWorker
}

/** The same engine, in this process or behind a real server; all of it is gone when the test ends. */
export async function startEither(
  runtime: RuntimeName,
  options: HookwardOptions,
  server: () => RestateServer,
): Promise<Either> {
  if (runtime === 'in process') {
    const hookward = await createHookward({ store: memoryStore(), ...options })
    onTestFinished(() => hookward.stop({ graceMs: 0 }))
    return { hookward }
  }
  const { admin, ingress } = server()
  const { enhancedPrivacy, schemas, ...ofWorker } = options
  const worker = await serveRestate({ ...ofWorker, key, port: 0, admin })
  const { clock, linkSecret } = options
  const ofHost = Object.entries({ clock, enhancedPrivacy, linkSecret, schemas }).filter(
    ([, value]) => value !== undefined,
  )
  const hosted = { runtime: restate({ ingress, key, refreshMs: 60_000 }), ...Object.fromEntries(ofHost) }
  const hookward = await createHookward(hosted)
  onTestFinished(async () => {
    for (const { id } of hookward.integrations.list()) await hookward.integrations.remove(id, { waiting: 'skip' })
    await hookward.stop()
    await worker.stop()
  })
  return { hookward, worker }
}

/** A host with a receiver and a mail server, and `bot` registered for the receiver in `acme`. */
export interface EitherWorld extends Either {
  readonly receiver: Receiver
  readonly smtp: SmtpListener
  readonly clock: ManualClock
}

/** The documents' rule with a window of two days and no retries, unless the options say otherwise. */
export async function startEitherWorld(
  runtime: RuntimeName,
  server: () => RestateServer,
  { mail, ...options }: EitherOptions = {},
): Promise<EitherWorld> {
  const [receiver, smtp] = await Promise.all([startReceiver(), startSmtp()])
  onTestFinished(() => Promise.all([receiver.close(), smtp.close()]).then(() => undefined))
  const clock = manualClock()
  const given = {
    policy: sentry({ windowDays: 2, retriesMs: [] }),
    clock,
    network: { allow: ['127.0.0.0/8'] },
    mail: { url: smtp.url, from: 'hooks@example.com', ...mail },
    ...options,
  }
  const either = await startEither(runtime, given, server)
  await either.hookward.integrations.put(anIntegration(receiver.url))
  await either.hookward.installations.install({ integration: 'bot', organization: 'acme' }, { announce: false })
  return { ...either, receiver, smtp, clock }
}

type EitherOptions = Omit<HookwardOptions, 'mail'> & { readonly mail?: Partial<MailOptions> }
