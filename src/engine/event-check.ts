import type { JsonObject } from '../domain/json.ts'
import type { Topic } from '../domain/topic.ts'
import type { EventDraft } from '../flows/envelope.ts'
import { dataOf, schemaFailed, type StandardSchema } from '../policy/standard-schema.ts'
import { answerMsMax, inTime } from './in-time.ts'

/** Has the data of each event checked by the schema of its topic, and goes on with what the schema made of it. */
export class EventCheck {
  readonly #schemas: ReadonlyMap<Topic, StandardSchema>

  constructor(schemas: ReadonlyMap<Topic, StandardSchema>) {
    this.#schemas = schemas
  }

  /** Calls `next` at once, unless the schema takes its time: events keep their order where it can be kept. */
  pass<T>(draft: EventDraft, next: (draft: EventDraft) => Promise<T>): Promise<T> {
    const schema = this.#schemas.get(draft.topic)
    if (schema === undefined) return next(draft)
    const answer = ask(schema, draft)
    return answer instanceof Promise
      ? answer.then((data) => next({ ...draft, data }))
      : next({ ...draft, data: answer })
  }
}

function ask(schema: StandardSchema, { data, topic }: EventDraft): JsonObject | Promise<JsonObject> {
  let answer: unknown
  try {
    answer = schema['~standard'].validate(data)
  } catch {
    throw schemaFailed(topic, 'threw an error')
  }
  return isPromise(answer) ? late(answer, topic) : dataOf(topic, answer)
}

async function late(answer: PromiseLike<unknown>, topic: Topic): Promise<JsonObject> {
  const what = `the schema of ${topic}`
  const told = await inTime(Promise.resolve(answer), { what }).catch(() => {
    throw schemaFailed(topic, `threw an error, or did not answer within ${answerMsMax / 1_000} s`)
  })
  return dataOf(topic, told)
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (Object(value) as { readonly then?: unknown }).then === 'function'
}
