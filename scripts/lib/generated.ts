import { errorCodes } from '../../src/domain/errors.ts'
import { integration, notifier, webhook } from '../../src/machines/index.ts'
import type { Policy } from '../../src/policy/health/policy.ts'
import { sentry } from '../../src/policy/health/sentry.ts'
import { standard } from '../../src/policy/health/standard.ts'
import { defaults } from '../../src/policy/health/standard/params.ts'
import { arrowsOf, mermaid } from './chart.ts'
import { readPages, withGenerated, type Page } from './markdown.ts'
import { readSources } from './source.ts'
import { errorTable, outcomeTable, paramTable, signalTable } from './tables.ts'

/** The pages whose generated parts differ from what the code says now, as they should read. */
export function outOfDate(root: string): readonly Page[] {
  const parts = partsOf(root)
  const make = (page: Page) => (name: string) => {
    const part = parts[name]
    if (part === undefined) throw new Error(`${page.path} asks for ${name}; known are ${Object.keys(parts).join(', ')}`)
    return part()
  }
  return readPages(root)
    .map((page) => ({ page, made: withGenerated(page, make(page)) }))
    .filter(({ page, made }) => page.text !== made.text)
    .map(({ made }) => made)
}

/** What may stand between `<!-- generated:NAME -->` and `<!-- /generated -->`. */
function partsOf(root: string): Readonly<Record<string, () => string>> {
  return {
    'chart:integration': () => mermaid(integration.config),
    'chart:webhook': () => mermaid(webhook.config),
    'chart:notifier': () => mermaid(notifier.config),
    signals: () => signalTable(arrowsOf(integration.config)),
    errors: () => errorTable(errorCodes),
    'policy:sentry': () => policyTables(root, sentry().params as object, 'SentryParams', sentry()),
    'policy:standard': () => policyTables(root, defaults, 'StandardParams', standard()),
  }
}

/** What can be changed, and what becomes of each outcome. */
function policyTables(root: string, params: object, interfaceName: string, policy: Pick<Policy, 'outcomes'>): string {
  const source = [...readSources(root, 'src/policy/health').values()].join('\n')
  return `${paramTable(params, source, interfaceName)}\n\n${outcomeTable(policy.outcomes)}`
}
