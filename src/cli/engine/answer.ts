import { failed, Failure } from '../failure.ts'
import { plain } from '../words.ts'

interface Refusal {
  readonly code: string
  readonly fact: string
  readonly nextStep: string
}

/** The value of an answer; a refusal keeps the words of the server. */
export async function valueOf<T>(answer: Response, where: string): Promise<T> {
  const value = await answer.json().catch(() => undefined)
  if (answer.ok && value !== undefined && isJson(answer)) return value as T
  if (isRefusal(value)) throw new Failure(value.code, plain(value.fact), plain(value.nextStep))
  throw failed('ENGINE_ANSWER', `${where} answered ${answer.status}, and not as a dashboard does`)
}

function isJson(answer: Response): boolean {
  return (answer.headers.get('content-type') ?? '').includes('json')
}

function isRefusal(value: unknown): value is Refusal {
  const { code, fact, nextStep } = (value ?? {}) as Partial<Refusal>
  return [code, fact, nextStep].every((part) => typeof part === 'string')
}
