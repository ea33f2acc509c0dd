import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/*
 * A webhook receiver as an integrator writes it who knows nothing but Sentry's public documentation. It follows
 * https://docs.sentry.io/organization/integrations/integration-platform/webhooks/ (headers, signature, structure of a
 * request, the answer) and the pages beneath it: installation, issues, comments, errors, issue-alerts, metric-alerts.
 * It imports nothing of hookward. It differs from the snippet of that page in one thing: it verifies the raw bytes and
 * not the parsed body written anew; `snippetVerifies` is that snippet as it stands. Two numeric ids that today's page
 * shows in an installation (`organization.id`, `app.sentryAppId`) are newer than the documents the payloads are made
 * from; they are not demanded here.
 */

/** What a handler is called with. */
export interface Heard {
  readonly resource: string
  readonly action: string
  /** The uuid of the installation. */
  readonly installation: string
  readonly data: Json
  readonly actor: Json
  readonly requestId: string
  /** Unix seconds. */
  readonly timestamp: number
}

/** One request that came, and how it was answered. */
export interface Answered {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly status: number
  /** Which promise of the documentation was not kept, or why it was refused. */
  readonly reason?: string
}

/** A real HTTP server. */
export interface PublicReceiver {
  readonly url: string
  /** What was handled, in order. */
  readonly heard: readonly Heard[]
  /** Everything that came, in order. */
  readonly answered: readonly Answered[]
  close(): Promise<void>
}

type Json = Readonly<Record<string, unknown>>

/** Starts the receiver of an integration with this client secret. */
export async function startPublicReceiver(clientSecret: string): Promise<PublicReceiver> {
  const heard: Heard[] = []
  const answered: Answered[] = []
  const receive = async (request: IncomingMessage) => {
    const body = await buffer(request)
    const { headers } = request
    try {
      if (!verifies(body, clientSecret, headers['sentry-hook-signature'])) throw new Refused(401, 'signature')
      const message = read(headers, body)
      checks[message.resource]?.(message)
      heard.push(message)
      answered.push({ headers, body, status: message.resource === 'installation' ? 201 : 200 })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      answered.push({ headers, body, status: error.status, reason: error.message })
    }
    return answered.at(-1)?.status ?? 500
  }
  const server = createServer((request, response) => {
    void receive(request).then((status) => response.writeHead(status).end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    answered,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Whether the signature is the HMAC-SHA256 of these bytes under the client secret, in hex. */
export function verifies(body: Uint8Array, clientSecret: string, signature: unknown): boolean {
  const digest = createHmac('sha256', clientSecret).update(body).digest('hex')
  return (
    typeof signature === 'string' &&
    signature.length === digest.length &&
    timingSafeEqual(Buffer.from(signature), Buffer.from(digest))
  )
}

/** The snippet of the public page: it signs the parsed body, written anew. */
export function snippetVerifies(body: Uint8Array, clientSecret: string, signature: unknown): boolean {
  const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
  return createHmac('sha256', clientSecret).update(JSON.stringify(parsed), 'utf8').digest('hex') === signature
}

class Refused extends Error {
  readonly status: number

  constructor(status: number, reason: string) {
    super(reason)
    this.status = status
  }
}

/** The headers and the four parts that every request has. */
function read(headers: IncomingHttpHeaders, body: Buffer): Heard {
  demand(headers['content-type'] === 'application/json', 'Content-Type')
  const resource = text(headers['sentry-hook-resource'], 'Sentry-Hook-Resource')
  demand(resource in checks, `resource ${resource}`)
  const timestamp = text(headers['sentry-hook-timestamp'], 'Sentry-Hook-Timestamp')
  demand(/^\d+$/.test(timestamp), 'Sentry-Hook-Timestamp')
  const message = JSON.parse(body.toString('utf8')) as Json
  const actor = object(message['actor'], 'actor')
  demand(actor['type'] === 'user' ? isInteger(actor['id']) : actor['type'] === 'application', 'actor.type')
  text(actor['name'], 'actor.name')
  return {
    resource,
    action: text(message['action'], 'action'),
    installation: text(object(message['installation'], 'installation')['uuid'], 'installation.uuid'),
    data: object(message['data'], 'data'),
    actor,
    requestId: text(headers['request-id'], 'Request-ID'),
    timestamp: Number(timestamp),
  }
}

/** What the page of each resource promises. */
const checks: Readonly<Record<string, (message: Heard) => void>> = {
  installation: ({ action, data, installation }) => {
    oneOf(action, ['created', 'deleted'])
    const told = object(data['installation'], 'data.installation')
    demand(told['uuid'] === installation, 'data.installation.uuid')
    oneOf(told['status'], ['pending', 'installed'])
    text(object(told['organization'], 'data.installation.organization')['slug'], 'organization.slug')
    const app = object(told['app'], 'data.installation.app')
    text(app['uuid'], 'app.uuid')
    text(app['slug'], 'app.slug')
    if (told['status'] === 'pending' && action === 'created') text(told['code'], 'data.installation.code')
  },
  issue: ({ action, data }) => {
    oneOf(action, ['created', 'resolved', 'assigned', 'archived', 'unresolved'])
    texts(object(data['issue'], 'data.issue'), ['id', 'title', 'status', 'url', 'web_url', 'project_url'])
  },
  comment: ({ action, data }) => {
    oneOf(action, ['created', 'updated', 'deleted'])
    texts(data, ['comment', 'project_slug', 'timestamp'])
    demand(isInteger(data['comment_id']), 'data.comment_id')
    demand(isInteger(data['issue_id']), 'data.issue_id')
    demand(!Number.isNaN(Date.parse(String(data['timestamp']))), 'data.timestamp')
  },
  error: ({ action, data }) => {
    oneOf(action, ['created'])
    texts(object(data['error'], 'data.error'), ['url', 'web_url', 'issue_url', 'issue_id'])
  },
  event_alert: ({ action, data }) => {
    oneOf(action, ['triggered'])
    texts(object(data['event'], 'data.event'), ['url', 'web_url', 'issue_url', 'issue_id'])
    text(data['triggered_rule'], 'data.triggered_rule')
  },
  metric_alert: ({ action, data }) => {
    oneOf(action, ['critical', 'warning', 'resolved'])
    object(object(data['metric_alert'], 'data.metric_alert')['alert_rule'], 'data.metric_alert.alert_rule')
    texts(data, ['description_text', 'description_title', 'web_url'])
  },
}

function demand(isKept: boolean, promise: string): void {
  if (!isKept) throw new Refused(422, promise)
}

function oneOf(value: unknown, words: readonly string[]): void {
  demand(words.includes(String(value)), `${String(value)} is none of ${words.join(', ')}`)
}

function text(value: unknown, name: string): string {
  demand(typeof value === 'string' && value !== '', name)
  return value as string
}

function texts(of: Json, names: readonly string[]): void {
  for (const name of names) text(of[name], name)
}

function object(value: unknown, name: string): Json {
  demand(typeof value === 'object' && value !== null && !Array.isArray(value), name)
  return value as Json
}

function isInteger(value: unknown): boolean {
  return Number.isInteger(value)
}
