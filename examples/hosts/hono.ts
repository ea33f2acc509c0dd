import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { openEngine, paid, refusalOf } from './hookward.ts'

const hookward = await openEngine()
const app = new Hono()

app.post('/invoices/:id/paid', async (c) => c.json(await paid(hookward, c.req.param('id')), 202))

app.onError((error, c) => {
  const { status, code } = refusalOf(error)
  return c.json({ code }, status as 400 | 500 | 503)
})

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3_000), hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`listening on ${port}`),
)
// First no new request, then the engine. Connections that are kept open without a request are closed at once.
process.once('SIGTERM', () => {
  server.close(() => void hookward.stop())
  if ('closeIdleConnections' in server) server.closeIdleConnections()
})
