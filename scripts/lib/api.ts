import ts from 'typescript'
import { descendants, importsOf, parse, type Sources } from './source.ts'
import { table } from './tables.ts'

/** One member of an interface, as the reference shows it. */
export interface Member {
  readonly name: string
  /** As written; of a method, its parameters. */
  readonly type: string
  readonly isMethod: boolean
  readonly isOptional: boolean
  readonly byDefault: string
  readonly meaning: string
}

/** The members of an interface that the package exports, in its order. Throws when it exports none of that name. */
export function membersOf(sources: Sources, interfaceName: string): readonly Member[] {
  return membersIn(sources, exportedFrom(sources, interfaceName), interfaceName)
}

/** The members of an interface that this file declares. */
export function membersIn(sources: Sources, path: string, interfaceName: string): readonly Member[] {
  const found = descendants(parse(path, sources.get(path) ?? '')).find(
    (node): node is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(node) && node.name.text === interfaceName,
  )
  if (found === undefined) throw new Error(`${path} holds no interface ${interfaceName}`)
  return found.members.map((member) => memberOf(member, interfaceName))
}

const entries = [
  'src/index.ts',
  'src/policy/index.ts',
  'src/telemetry.ts',
  'src/testing.ts',
  'src/dashboard.ts',
  'src/restate.ts',
] as const

function exportedFrom(sources: Sources, name: string): string {
  const doors = new Map(entries.map((path) => [path, sources.get(path) ?? '']))
  const own = [...doors].find(([, text]) => new RegExp(`^export interface ${name}\\b`, 'm').test(text))
  if (own !== undefined) return own[0]
  const found = importsOf(doors).find(({ names }) => names.includes(name))
  if (found === undefined) throw new Error(`the package exports no ${name}`)
  return found.to
}

/** What may be given: each field with its default and its meaning. */
export function fieldTable(members: readonly Member[]): string {
  const rows = members.map(({ name, type, isOptional, byDefault, meaning }) => [
    mono(name),
    mono(type),
    isOptional ? byDefault : 'must be given',
    meaning,
  ])
  return table(['field', 'type', 'default', 'meaning'], rows)
}

/** What is given back: each field, and its meaning where the name does not say it. */
export function shapeTable(members: readonly Member[]): string {
  const rows = members.map((member) => [mono(fieldName(member)), mono(member.type), member.meaning])
  return table(['field', 'type', 'meaning'], rows)
}

/** The methods of an interface, each once; `before` stands in front of each name. */
export function methodTable(members: readonly Member[], before = ''): string {
  const methods = members.filter(({ isMethod, meaning }) => isMethod && meaning !== '')
  const rows = methods.map(({ name, type, byDefault, meaning }) => [
    mono(`${before}${name}(${type})`),
    byDefault === '' ? meaning : `${meaning} Default: ${byDefault}.`,
  ])
  return table(['method', 'what it does'], rows)
}

/** The events, each with the fields its listeners get; `fieldsOf` gives those of a named type. */
export function eventTable(members: readonly Member[], fieldsOf: (type: string) => readonly Member[]): string {
  const rows = members.map(({ name, type, meaning }) => {
    const fields = type.startsWith('{') ? literalFields(type) : fieldsOf(type).map(fieldName)
    return [mono(name.replaceAll("'", '')), mono(fields.join(', ')), meaning]
  })
  return table(['event', 'carries', 'when'], rows)
}

/** Fields that must be explained and are not. */
export function unexplained(members: readonly Member[]): readonly string[] {
  return members.filter(({ meaning }) => meaning === '').map(({ name }) => name)
}

function fieldName({ name, isOptional }: Member): string {
  return isOptional ? `${name}?` : name
}

/** Of `{ at: number; error: HookwardError }`: `at` and `error`. */
function literalFields(type: string): readonly string[] {
  return [...type.matchAll(/(\w+\??):/g)].map(([, name = '']) => name)
}

function memberOf(member: ts.TypeElement, interfaceName: string): Member {
  const isMethod = ts.isMethodSignature(member)
  if (!isMethod && !ts.isPropertySignature(member))
    throw new Error(`${interfaceName} holds something that is neither a field nor a method`)
  return {
    name: member.name.getText(),
    type: isMethod ? parametersOf(member) : oneLine(member.type?.getText() ?? ''),
    isMethod,
    isOptional: member.questionToken !== undefined,
    byDefault: defaultOf(member),
    meaning: meaningOf(member),
  }
}

function parametersOf(method: ts.MethodSignature): string {
  return method.parameters.map((one) => `${one.name.getText()}${one.questionToken === undefined ? '' : '?'}`).join(', ')
}

function meaningOf(member: ts.TypeElement): string {
  const comments = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc)
  const text = comments.map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? '').join(' ')
  return oneLine(text.replaceAll(/\{@link (\w+)\}/g, '`$1`'))
}

function defaultOf(member: ts.TypeElement): string {
  const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default')
  return oneLine(ts.getTextOfJSDocComment(tag?.comment) ?? '')
}

/** Without the word that every field of ours carries. */
function oneLine(text: string): string {
  return text
    .replaceAll(/\breadonly /g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function mono(text: string): string {
  return `\`${text}\``
}
