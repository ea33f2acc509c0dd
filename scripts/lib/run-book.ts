import { parseArgs } from 'node:util'
import ts from 'typescript'
import { flagsOf } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'
import type { Page } from './markdown.ts'
import { descendants, parse, type Sources } from './source.ts'

/** What the engine may say to its logger, each sentence once; where a number stands in one it is `…`. */
export function logLines(sources: Sources): readonly string[] {
  const lines = [...sources].flatMap(([path, text]) => {
    const nodes = descendants(parse(path, text))
    return nodes.filter(ts.isCallExpression).flatMap((call) => {
      const [, fact] = isLogged(call) ? call.arguments : []
      return fact === undefined ? [] : textsOf(fact, nodes)
    })
  })
  return [...new Set(lines)].sort()
}

function isLogged({ expression }: ts.CallExpression): boolean {
  if (!ts.isPropertyAccessExpression(expression) && !ts.isElementAccessExpression(expression)) return false
  return /\blogger$|#logger$/.test(expression.expression.getText())
}

/** A literal, or all that the constant of that name may be. */
function textsOf(fact: ts.Expression, nodes: readonly ts.Node[]): readonly string[] {
  if (!ts.isIdentifier(fact)) return literalsIn(fact)
  const named = nodes.filter(ts.isVariableDeclaration).filter(({ name }) => name.getText() === fact.text)
  return named.flatMap(({ initializer }) => (initializer === undefined ? [] : literalsIn(initializer)))
}

function literalsIn(node: ts.Node): readonly string[] {
  return [node, ...descendants(node)].flatMap((one) => {
    if (ts.isStringLiteralLike(one)) return [one.text]
    if (!ts.isTemplateExpression(one)) return []
    return [one.head.text + one.templateSpans.map(({ literal }) => `…${literal.text}`).join('')]
  })
}

/** The commands of a page's `sh` blocks that the command line would not take, by their lines. */
export function wrongCommands({ path, text }: Page): readonly string[] {
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, block = '']) => block)
  const lines = blocks.flatMap((block) => block.split('\n')).map((line) => line.replace(/(^| )#.*$/, ''))
  const typed = lines.filter((line) => line.includes('npx hookward '))
  return typed.flatMap((line) => {
    const [, rest = ''] = /npx hookward ([^>|]*)/.exec(line) ?? []
    const words = [...rest.matchAll(/"([^"]*)"|'([^']*)'|\S+/g)].map(
      ([word, double, single]) => double ?? single ?? word,
    )
    const fault = faultOf(words)
    return fault === undefined ? [] : [`${path}: ${line.trim()}: ${fault}`]
  })
}

/** Scripts of package.json that a page names and that are not there. */
export function missingScripts({ path, text }: Page, scripts: readonly string[]): readonly string[] {
  const named = [...text.matchAll(/npm run (?:-s )?([a-z][\w:]*)/g)].map(([, name = '']) => name)
  return named
    .filter((name) => !scripts.includes(name))
    .map((name) => `${path}: npm run ${name}: there is no such script`)
}

function faultOf(words: readonly string[]): string | undefined {
  const command =
    commands.find(({ name }) => name === words.slice(0, 2).join(' ')) ?? commands.find(({ name }) => name === words[0])
  if (command === undefined) return 'there is no such command'
  const options = Object.fromEntries(
    Object.entries(flagsOf(command)).map(([name, { kind, isMany = false }]) => [
      name,
      { type: kind === 'boolean' ? 'boolean' : 'string', multiple: isMany } as const,
    ]),
  )
  try {
    parseArgs({ args: words.slice(command.name.split(' ').length), options, allowPositionals: true, strict: true })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
