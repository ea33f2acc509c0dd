import { setTimeout as wait } from 'node:timers/promises'
import { request } from 'undici'
import { HookwardError, textOf } from '../../domain/errors.ts'
import type { Logger } from '../../ports.ts'

/** Long enough for a server that is just starting. */
const adminMs = 10_000
/** For so long a worker tries to make itself known, and so long it waits in between. */
const [patienceMs, pauseMs] = [30_000, 200] as const
const conflict = 409

/** Makes a worker's URL known to the cluster; known already, it stays as it is. */
export async function registerWorker(admin: string, url: string): Promise<void> {
  const until = performance.now() + patienceMs
  let answer = await deploy(admin, url)
  while (!isTaken(answer) && performance.now() < until) {
    await wait(pauseMs)
    answer = await deploy(admin, url)
  }
  if (answer instanceof HookwardError) throw answer
  if (!isTaken(answer))
    throw new HookwardError('RESTATE_VERSION', `the cluster took no worker at ${url} (status ${answer.status})`)
}

type Answer = Awaited<ReturnType<typeof ask>>

/** A server that is not there yet may be on its way, and so may the balancer before this worker. */
function deploy(admin: string, url: string): Promise<Answer | HookwardError> {
  return ask(admin, 'deployments', { uri: url }).catch((error: unknown) => error as HookwardError)
}

/** Taken now, or by another worker behind the same URL before. */
function isTaken(answer: Answer | HookwardError): boolean {
  return !(answer instanceof HookwardError) && (answer.status < 300 || answer.status === conflict)
}

/** How many calls stand still until somebody resumes them: each holds up its integration. */
export async function pausedInvocations(admin: string): Promise<number> {
  const query = "select count(*) as paused from sys_invocation where status = 'paused'"
  const { status, body } = await ask(admin, 'query', { query })
  if (status >= 300) throw new HookwardError('RESTATE_VERSION', `the cluster answers no query (status ${status})`)
  const { rows = [] } = JSON.parse(body) as { readonly rows?: readonly { readonly paused: number }[] }
  return rows[0]?.paused ?? 0
}

/** What watching for calls that stand still works with. */
export interface PausedWatchParts {
  /** How many there are. */
  readonly count: () => Promise<number>
  readonly logger: Logger
  /** Real time in milliseconds, from any moment on. */
  readonly now: () => number
}

/** It is looked for so often. */
const everyMs = 60_000

/** Tells of calls that stand still: when it looks first, and again when there are others than before. */
export function pausedWatch({ count, logger, now }: PausedWatchParts): () => Promise<void> {
  let [told, dueAt] = [0, -Infinity]
  return async () => {
    if (now() < dueAt) return
    dueAt = now() + everyMs
    const paused = await count()
    if (paused > 0 && paused !== told)
      logger.error({ code: 'RESTATE_PAUSED', paused }, 'calls stand still in the cluster')
    told = paused
  }
}

async function ask(admin: string, path: string, body: object) {
  try {
    const answer = await request(new URL(path, admin), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(adminMs),
    })
    return { status: answer.statusCode, body: await answer.body.text() }
  } catch (error) {
    throw new HookwardError('RESTATE_UNREACHABLE', `${admin} does not answer (${textOf(error)})`)
  }
}
