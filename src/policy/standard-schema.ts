import { HookwardError, type SchemaIssue } from '../domain/errors.ts'
import type { JsonObject } from '../domain/json.ts'
import { parseTopic, type Topic } from '../domain/topic.ts'
import { checkJsonObject, checkObject, refuse, type Field } from './check.ts'
import { writtenPath } from './path.ts'

/** A schema of any library that follows Standard Schema 1: zod, valibot, arktype and others. */
export interface StandardSchema<Input = unknown, Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaAnswer<Output> | Promise<SchemaAnswer<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a schema answers: the value as it made it, or why not. */
export type SchemaAnswer<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
      }[]
    }

/** A schema for the data of each topic that has one. */
export type Schemas<Topics> = { readonly [Name in keyof Topics]?: StandardSchema<Topics[Name]> }

const issuesMax = 20

/** Reads the schemas at the door, under the canonical names of their topics. */
export function parseSchemas(value: unknown): ReadonlyMap<Topic, StandardSchema> {
  if (value === undefined) return new Map()
  const given = Object.entries(checkObject(value, option('schemas')))
  return new Map(given.map(([topic, schema]) => [checkedTopic(topic), checkSchema(schema, topic)]))
}

/** The data as the schema made it; throws `EVENT_MISMATCH` when it has issues, and `SCHEMA_FAILED` for no answer at all. */
export function dataOf(topic: Topic, answer: unknown): JsonObject {
  if (typeof answer !== 'object' || answer === null) throw schemaFailed(topic, 'gave no answer')
  const { issues, value } = answer as { readonly issues?: unknown; readonly value?: unknown }
  if (issues === undefined)
    return checkJsonObject(value, { code: 'EVENT_INVALID', name: `what the schema of ${topic} made of the data` })
  if (!Array.isArray(issues)) throw schemaFailed(topic, 'gave issues that are no list')
  throw mismatch(topic, issues.slice(0, issuesMax).map(issueOf), issues.length)
}

/** What a schema throws may quote the data, so it is not passed on. */
export function schemaFailed(topic: Topic, fact: string): HookwardError {
  return new HookwardError('SCHEMA_FAILED', `the schema of ${topic} ${fact}`)
}

function mismatch(topic: Topic, issues: readonly SchemaIssue[], count: number): HookwardError {
  const first = issues[0]?.path ?? ''
  const place = first === '' ? 'data' : `data${first.startsWith('[') ? '' : '.'}${first}`
  const others = count > 1 ? ` and ${count - 1} more` : ''
  return new HookwardError('EVENT_MISMATCH', `${place}${others} of ${topic} does not match its schema`, { issues })
}

function issueOf(issue: unknown): SchemaIssue {
  const { message, path } = Object(issue) as { readonly message?: unknown; readonly path?: unknown }
  const keys = Array.isArray(path) ? path.map(keyOf) : []
  return { path: writtenPath(keys), message: typeof message === 'string' ? message : '' }
}

function keyOf(step: unknown): PropertyKey {
  const key = typeof step === 'object' && step !== null ? (step as { readonly key?: unknown }).key : step
  return typeof key === 'number' || typeof key === 'symbol' ? key : String(key)
}

function checkedTopic(topic: string): Topic {
  if (topic.startsWith('installation.'))
    throw new HookwardError('TOPIC_RESERVED', 'installation topics cannot have a schema')
  return parseTopic(topic)
}

function checkSchema(value: unknown, topic: string): StandardSchema {
  const inner: unknown = (Object(value) as Partial<StandardSchema>)['~standard']
  const { validate, version } = Object(inner) as { readonly validate?: unknown; readonly version?: unknown }
  if (typeof validate === 'function' && version === 1) return value as StandardSchema
  return refuse(option(`schemas[${JSON.stringify(topic)}]`), 'must be a Standard Schema of version 1')
}

function option(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}
