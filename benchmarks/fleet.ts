import {
  createHookward,
  memoryStore,
  type Hookward,
  type HookwardOptions,
  type Outcome,
  type Transport,
} from '../src/index.ts'

/** An engine over a memory store whose transport answers at once: integrations `app-0` and on, each in its own organisation. */
export async function anEngine(
  count: number,
  answer: Pick<Outcome, 'kind' | 'status' | 'code'>,
  options: Pick<HookwardOptions, 'policy'> = {},
): Promise<Hookward> {
  const hookward = await createHookward({ store: memoryStore(), transport: answering(answer), ...options })
  const register = async (_: unknown, n: number) => {
    const [slug, organization] = [`app-${n}`, `org-${n}`]
    const url = `https://app-${n}.example/hook`
    await hookward.integrations.put({ slug, organization, url, secret: `a secret of app ${n}`, topics: ['invoice'] })
    await hookward.installations.install({ integration: slug, organization }, { announce: false })
  }
  await Promise.all(Array.from({ length: count }, register))
  return hookward
}

/** Microseconds of CPU for each delivery, one for each of `count` integrations at a time; what `after` does is included. */
export async function cost(
  hookward: Hookward,
  { count, deliveries }: { readonly count: number; readonly deliveries: number },
  after: () => Promise<unknown> = () => Promise.resolve(),
): Promise<number> {
  const began = process.cpuUsage()
  for (let done = 0; done < deliveries; done += count) {
    const emit = (_: unknown, n: number) =>
      hookward.emit({ topic: 'invoice.paid', organization: `org-${n}`, data: { id: done + n } })
    await Promise.all(Array.from({ length: count }, emit))
    await hookward.idle()
  }
  await after()
  const { user, system } = process.cpuUsage(began)
  return (user + system) / deliveries
}

/** A transport that answers at once, without a socket. */
export function answering(answer: Pick<Outcome, 'kind' | 'status' | 'code'>): Transport {
  const rest = { phase: 'body', durationMs: 1, body: '', bodyBytes: 0, truncated: false, headers: {} } as const
  return { attempt: () => Promise.resolve({ ...rest, ...answer }), close: () => Promise.resolve() }
}
