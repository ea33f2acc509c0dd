/** What one span is, and its attributes. */
export interface SpanKind {
  readonly about: string
  readonly attributes: Readonly<Record<string, string>>
}

const ofDelivery = {
  'hookward.delivery.id': 'The id that stands in the request log, the `webhook-id` header, log lines and letters.',
  'hookward.event.id': 'The event it carries, as `emit` answered it.',
  'hookward.integration': 'The slug.',
  'hookward.topic': 'As the installation hears it.',
} as const

/** Every span with every attribute it can have: what the tracer writes, and what the docs list. */
export const spans = {
  'hookward.delivery': {
    about:
      'One delivery from its acceptance until it ends: a root span, unless it was emitted within a span and `propagate` carries that on, however many days its retries take.',
    attributes: {
      ...ofDelivery,
      'hookward.organization': 'Where the event happened.',
      'hookward.delivery.outcome':
        '`delivered`, `dead`, `expired`; or `unfinished`, where the span had to end before: at `close`, or past `openDeliveriesMax`.',
    },
  },
  'hookward.attempt': {
    about: 'One HTTP exchange of it, kind `client`. Neither URLs, headers nor bodies are in it.',
    attributes: {
      ...ofDelivery,
      'hookward.outcome': 'How it ended, in one of the words of the metric `hookward.attempts`.',
      'http.request.method': '`POST`.',
      'http.request.resend_count': 'How many attempts there were before it; left out of the first.',
      'http.response.status_code': 'Left out where no answer came.',
      'server.address': 'The host of the URL the integration has now.',
      'server.port': 'And its port.',
      'error.type': 'The stable code of a failure: `HTTP_404`, `DEADLINE`, `ECONNREFUSED`.',
    },
  },
} as const satisfies Readonly<Record<string, SpanKind>>

export type SpanName = keyof typeof spans

/** Attributes of a span of this name. */
export type Attributes<Name extends SpanName> = {
  readonly [Key in keyof (typeof spans)[Name]['attributes']]?: string | number
}
