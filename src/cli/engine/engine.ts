import type { FolderFacts } from './folder-facts.ts'

/** What an address asks for; what is left out is not asked. */
export type Params = Readonly<Record<string, string | number | boolean | undefined>>

/** One message of a stream. */
export interface Message {
  readonly event: string
  readonly id?: string
  readonly data: Readonly<Record<string, unknown>>
}

/** An engine that is asked through its dashboard: one that runs, or what its folder tells. */
export interface Engine {
  /** Its address, or its folder. */
  readonly where: string
  /** It is a folder that is read, and no engine that answers. */
  readonly folder?: FolderFacts
  /** Asks for a part: `list`, `integration`, `log`, ... */
  get<T>(part: string, params?: Params): Promise<T>
  /** Does something: what is posted to `act`, or to this part. */
  act<T>(body: object, part?: 'act' | 'import'): Promise<T>
  /** What happens, as it happens, until the signal ends it. */
  listen(slug: string | undefined, signal: AbortSignal): AsyncIterable<Message>
}

/** The path of a part, beneath where the dashboard is mounted. */
export function pathOf(part: string, params: Params = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value !== undefined) query.set(name, String(value))
  return `api/${part}${query.size > 0 ? `?${query.toString()}` : ''}`
}
