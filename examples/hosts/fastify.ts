import Fastify from 'fastify'
import { openEngine, paid, refusalOf } from './hookward.ts'

const hookward = await openEngine()
const app = Fastify()

app.post<{ Params: { id: string } }>('/invoices/:id/paid', async (request, reply) => {
  const result = await paid(hookward, request.params.id)
  return reply.code(202).send(result)
})

app.setErrorHandler((error, _request, reply) => {
  const { status, code } = refusalOf(error)
  return reply.code(status).send({ code })
})

// Fastify calls it when no request is under way any more.
app.addHook('onClose', () => hookward.stop())
process.once('SIGTERM', () => void app.close())

const address = await app.listen({ port: Number(process.env.PORT ?? 3_000), host: '127.0.0.1' })
console.log(`listening on ${new URL(address).port}`)
