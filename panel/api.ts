import type { Session } from './wire.ts'

/** A refusal, as the server words it. */
export class Refused extends Error {
  readonly code: string
  readonly nextStep: string

  constructor({ code, fact, nextStep }: { code: string; fact: string; nextStep: string }) {
    super(fact)
    this.code = code
    this.nextStep = nextStep
  }
}

export const base = document.documentElement.dataset.base ?? '/'
let token = ''

export type Params = Readonly<Record<string, string | number | boolean | undefined>>

/** Asks the server for a part of the page. */
export async function get<T>(part: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  return read<T>(await fetch(addressOf(part, params), { cache: 'no-store', ...(signal && { signal }) }))
}

/** Who may do what; the token that changes carry comes with it. */
export async function session(): Promise<Session> {
  const given = await get<Session>('session')
  token = given.token
  return given
}

/** Does something; after another start of the server once more, with its new token. */
export async function act<T>(body: object): Promise<T> {
  const post = () =>
    fetch(addressOf('act', {}), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hookward-token': token },
      body: JSON.stringify(body),
    })
  const answer = await post()
  if (answer.status !== 403 || !(await answer.clone().text()).includes('TOKEN_STALE')) return read<T>(answer)
  await session()
  return read<T>(await post())
}

export function addressOf(part: string, params: Params): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params))
    if (value !== undefined && value !== '') query.set(name, String(value))
  return `${base}api/${part}${query.size > 0 ? `?${query}` : ''}`
}

async function read<T>(answer: Response): Promise<T> {
  const type = answer.headers.get('content-type') ?? ''
  if (!type.includes('json'))
    throw new Refused({
      code: String(answer.status),
      fact: 'the server gave no answer',
      nextStep: 'load the page again',
    })
  const value = (await answer.json()) as T
  if (!answer.ok) throw new Refused(value as ConstructorParameters<typeof Refused>[0])
  return value
}
