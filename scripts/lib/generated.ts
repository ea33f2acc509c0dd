import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { deliveryLife } from '../../src/domain/delivery.ts'
import { errorCodes } from '../../src/domain/errors.ts'
import { integration, notifier, webhook } from '../../src/machines/index.ts'
import type { Policy } from '../../src/policy/health/policy.ts'
import { sentry } from '../../src/policy/health/sentry.ts'
import { standard } from '../../src/policy/health/standard.ts'
import { defaults } from '../../src/policy/health/standard/params.ts'
import { policyContract } from '../../src/testing.ts'
import { eventTable, fieldTable, membersOf, methodTable, shapeTable, unexplained, type Member } from './api.ts'
import { llmsPage, llmsText } from './llms.ts'
import { arrowsOf, lifeChart, mermaid } from '../../src/cli/chart/drawing.ts'
import { readPages, withGenerated, type Page } from './markdown.ts'
import { readSources, type Sources } from './source.ts'
import { cliParts } from './cli.ts'
import { figureTable } from './performance.ts'
import { telemetryParts } from './telemetry.ts'
import { errorTable, outcomeTable, paramTable, signalTable } from './tables.ts'

/** The pages whose generated parts differ from what the code says now, as they should read. */
export function outOfDate(root: string): readonly Page[] {
  const parts = partsOf(root)
  const make = (page: Page) => (name: string) => {
    const part = parts[name]
    if (part === undefined) throw new Error(`${page.path} asks for ${name}; known are ${Object.keys(parts).join(', ')}`)
    return part()
  }
  return [...readPages(root), llmsPage(root)]
    .map((page) => ({ page, made: withGenerated(page, make(page)) }))
    .filter(({ page, made }) => page.text !== made.text)
    .map(({ made }) => made)
}

/** What may stand between `<!-- generated:NAME -->` and `<!-- /generated -->`. */
function partsOf(root: string): Readonly<Record<string, () => string>> {
  const sources = readSources(root, 'src')
  return {
    'chart:integration': () => mermaid(integration.config),
    'chart:webhook': () => mermaid(webhook.config),
    'chart:notifier': () => mermaid(notifier.config),
    'chart:delivery': () => lifeChart(deliveryLife, 'pending'),
    signals: () => signalTable(arrowsOf(integration.config)),
    errors: () => errorTable(errorCodes),
    'policy:sentry': () => policyTables(sources, sentry().params as object, 'SentryParams', sentry()),
    'policy:standard': () => policyTables(sources, defaults, 'StandardParams', standard()),
    'contract:policy': () =>
      policyContract(standard())
        .map(({ title }) => `- It ${title}.`)
        .join('\n'),
    'outcomes:sentry': () => outcomeTable(sentry().outcomes),
    ...exampleParts(root),
    llms: () => llmsText(root),
    performance: () => figureTable(root),
    ...telemetryParts,
    ...cliParts(sources),
    ...apiParts(sources),
  }
}

/** What can be changed, and what becomes of each outcome. */
function policyTables(sources: Sources, params: object, name: string, { outcomes }: Pick<Policy, 'outcomes'>): string {
  const source = [...sources].flatMap(([path, text]) => (path.startsWith('src/policy/health') ? [text] : [])).join('\n')
  return `${paramTable(params, source, name)}\n\n${outcomeTable(outcomes)}`
}

/** What a host gives, what it calls, and what it gets: straight from the types. */
function apiParts(sources: Sources): Readonly<Record<string, () => string>> {
  const explained = (name: string): readonly Member[] => {
    const members = membersOf(sources, name)
    const bare = unexplained(members)
    if (bare.length > 0) throw new Error(`${name} has no doc comment for ${bare.join(', ')}`)
    return members
  }
  const fields = apiFields.map((name) => [`fields:${name}`, () => fieldTable(explained(name))] as const)
  const shapes = apiShapes.map((name) => [`shape:${name}`, () => shapeTable(membersOf(sources, name))] as const)
  return {
    ...Object.fromEntries([...fields, ...shapes]),
    'methods:Hookward': () => methodTable(membersOf(sources, 'Hookward')),
    'methods:Integrations': () => methodTable(membersOf(sources, 'Integrations'), 'integrations.'),
    'methods:Installations': () => methodTable(membersOf(sources, 'Installations'), 'installations.'),
    'methods:World': () => methodTable(membersOf(sources, 'World')),
    'methods:WorldReceiver': () => methodTable(membersOf(sources, 'WorldReceiver')),
    'methods:WorldDisk': () => methodTable(membersOf(sources, 'WorldDisk')),
    'methods:Mails': () => methodTable(membersOf(sources, 'Mails')),
    events: () => eventTable(explained('HookwardEvents'), (type) => membersOf(sources, type)),
  }
}

const apiFields = [
  'HookwardOptions',
  'StandbyOptions',
  'MailOptions',
  'NetworkOptions',
  'IntegrationInput',
  'InstallationInput',
  'InstallOptions',
  'ImportOptions',
  'EmitInput',
  'EmitOptions',
  'LogOptions',
  'LedgerOptions',
  'ReplayOptions',
  'ByHand',
  'WorldOptions',
  'PolicyContractOptions',
  'CardinalityOptions',
  'OpenTelemetryOptions',
  'DashboardOptions',
  'RestateOptions',
  'WorkerOptions',
  'MigrateOptions',
] as const
const apiShapes = [
  'Overview',
  'Standing',
  'EmitResult',
  'ImportReport',
  'ImportedLine',
  'LogEntry',
  'Explanation',
  'NoticeMessage',
  'LedgerPage',
  'LedgerEntry',
  'ReplayResult',
  'Policy',
  'Schedule',
  'Ramp',
  'Transition',
  'AuditEntry',
  'Notice',
  'Letter',
  'DashboardSession',
  'DashboardList',
  'ListRow',
  'AttemptCounts',
  'DashboardOperator',
  'OperatorSums',
  'DashboardIntegration',
  'HourOfAttempts',
  'DashboardDelivery',
  'DashboardTold',
  'DashboardStep',
  'DashboardProblem',
] as const

const examples: Readonly<Record<string, string>> = {
  express: 'examples/express/server.ts',
  hookward: 'examples/hosts/hookward.ts',
  fastify: 'examples/hosts/fastify.ts',
  hono: 'examples/hosts/hono.ts',
  worker: 'examples/hosts/worker.ts',
  'nest:module': 'examples/nest/hookward.module.ts',
  'nest:main': 'examples/nest/main.ts',
  'next:engine': 'examples/next/engine.ts',
  'next:instrumentation': 'examples/next/instrumentation.ts',
  'next:route': 'examples/next/app/invoices/[id]/paid/route.ts',
  'next:config': 'examples/next/next.config.ts',
}

function exampleParts(root: string): Readonly<Record<string, () => string>> {
  const parts = Object.entries(examples).map(([name, path]) => [`example:${name}`, () => exampleText(root, path)])
  return Object.fromEntries(parts) as Readonly<Record<string, () => string>>
}

/** An example as its readers would write it: it imports the package. Only one that stands alone is a sample of its own. */
function exampleText(root: string, path: string): string {
  const text = readFileSync(join(root, path), 'utf8')
  const imported = text
    .replaceAll("'../../src/index.ts'", "'hookward'")
    .replaceAll(/'\.\.\/\.\.\/src\/(\w+)\/index\.ts'/g, "'hookward/$1'")
    .replaceAll(/'(?:\.\.\/)+hosts\/hookward\.ts'/g, "'./hookward.ts'")
    .replaceAll(/'(?:\.\.\/)+engine\.ts'/g, "'./engine.ts'")
  if (path.startsWith('examples/next/')) return nextText(path, imported)
  return imported.includes("from './") || imported.includes("import('./")
    ? `\`\`\`typescript\n${imported}\`\`\``
    : `\`\`\`ts no-run\n${imported}\`\`\``
}

/** Next wants imports without an extension, and its routes lie deeper than the files that they share. */
function nextText(path: string, text: string): string {
  const folder = posix.relative(posix.dirname(path), 'examples/next') || '.'
  const bundled = text.replaceAll(/'\.\/(\w+)\.ts'/g, `'${folder}/$1'`)
  return `\`\`\`typescript\n${bundled}\`\`\``
}
