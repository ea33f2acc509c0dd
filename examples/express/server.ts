import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import express, { type ErrorRequestHandler } from 'express'
import { createHookward, HookwardError, type Hookward } from '../../src/index.ts'

const { env } = process

/** Opens the engine. In a rolling deploy the old process still has the folder: this one then stands by, and is ready all the same. */
function openEngine(): Promise<Hookward> {
  return createHookward({
    dir: env.DATA_DIR ?? './data',
    standby: true,
    setUp,
    network: { allow: (env.ALLOW ?? '').split(',').filter((entry) => entry !== '') },
    logger: console,
  })
}

/** Registers the receivers, in whichever process has the folder; safe at every start. */
async function setUp({ integrations, installations }: Hookward): Promise<void> {
  const [url, secret] = [env.RECEIVER_URL ?? '', env.RECEIVER_SECRET ?? '']
  await integrations.put({ slug: 'billing', organization: 'acme', url, secret, topics: ['invoice'] })
  await installations.install({ integration: 'billing', organization: 'acme' })
}

/** The routes. Express 5 hands what an async handler throws to the error handler. */
function routesOf(hookward: Hookward, isUp: () => boolean) {
  const app = express()
  app.get('/health', (_, response) => {
    response.status(isUp() ? 200 : 503).json({ up: isUp() })
  })
  app.post('/invoices/:id/paid', async (request, response) => {
    const { id } = request.params
    const event = { topic: 'invoice.paid', organization: 'acme', data: { invoice: id } }
    // The event is on disk when this resolves; the key makes a repeated request harmless for a day.
    response.status(202).json(await hookward.emit(event, { key: `invoice-paid-${id}` }))
  })
  app.use(answerErrors)
  return app
}

/** Express knows an error handler by its four parameters. */
const answerErrors: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  const code = error instanceof HookwardError ? error.code : 'UNKNOWN'
  console.error(error)
  response.status(statusOf(code)).json({ code })
}

function statusOf(code: string): number {
  if (code === 'IDEMPOTENCY_CONFLICT') return 409
  if (code.startsWith('EVENT_')) return 400
  // Full, failed or stopping: the caller may try again.
  return /^(STORE|SPOOL|ENGINE)_/.test(code) ? 503 : 500
}

/** First the balancer looks away, then no new request, then the engine: what is in flight ends, all of it is written. */
async function shutDown(server: Server, hookward: Hookward): Promise<void> {
  await wait(Number(env.DRAIN_MS ?? 0))
  const closed = once(server, 'close')
  server.close()
  const cut = setTimeout(() => server.closeAllConnections(), 5_000)
  await closed
  clearTimeout(cut)
  await hookward.stop({ graceMs: Number(env.GRACE_MS ?? 10_000) })
}

async function main(): Promise<void> {
  const hookward = await openEngine()
  let isUp = true
  const server = createServer(routesOf(hookward, () => isUp))
  const leave = (code: number) => {
    if (!isUp) return
    isUp = false
    shutDown(server, hookward).then(() => process.exit(code), fail)
  }
  // A write failed: nothing is accepted any more. Another start reads the folder again.
  hookward.on('store.failed', () => leave(1))
  process.on('SIGTERM', () => leave(0))
  process.on('SIGINT', () => leave(0))
  server.listen(Number(env.PORT ?? 3_000), env.HOST ?? '127.0.0.1')
  await once(server, 'listening')
  console.log(`listening on ${(server.address() as AddressInfo).port}`)
}

/** A `HookwardError` says what is wrong and what to do next. */
function fail(error: unknown): void {
  console.error(error instanceof HookwardError ? error.message : error)
  process.exit(1)
}

main().catch(fail)
