import { request } from 'undici'
import { HookwardError, textOf } from '../../domain/errors.ts'

/** Long enough for a server that is just starting. */
const adminMs = 10_000

/** Makes a worker's URL known to the cluster; known already, it stays as it is. */
export async function registerWorker(admin: string, url: string): Promise<void> {
  const answer = await ask(admin, 'deployments', { uri: url })
  if (answer.status >= 300)
    throw new HookwardError('RESTATE_VERSION', `the cluster took no worker at ${url} (status ${answer.status})`)
}

/** How many calls stand still until somebody resumes them: each holds up its integration. */
export async function pausedInvocations(admin: string): Promise<number> {
  const query = "select count(*) as paused from sys_invocation where status = 'paused'"
  const { status, body } = await ask(admin, 'query', { query })
  if (status >= 300) throw new HookwardError('RESTATE_VERSION', `the cluster answers no query (status ${status})`)
  const { rows = [] } = JSON.parse(body) as { readonly rows?: readonly { readonly paused: number }[] }
  return rows[0]?.paused ?? 0
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
