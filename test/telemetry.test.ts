import { parser } from '@prometheus-io/lezer-promql'
import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { metricOf, metrics, prometheusName, type MetricName } from '../src/adapters/telemetry/catalogue.ts'
import { logLines } from '../src/adapters/telemetry/log-events.ts'
import { spans } from '../src/adapters/telemetry/span-table.ts'
import { createHookward, memoryStore } from '../src/index.ts'
import { prometheus } from '../src/telemetry.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}

interface Target {
  readonly refId: string
  readonly expr: string
  readonly legendFormat: string
  readonly datasource: object
}

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource: object
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly Target[]
}

interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly schemaVersion: number
  readonly time: object
  readonly templating: {
    readonly list: readonly {
      readonly name: string
      readonly type: string
      readonly query: string | { readonly query: string }
      readonly datasource?: object
    }[]
  }
  readonly panels: readonly Panel[]
}

const { groups } = parse(text('docs/telemetry/hookward-alerts.yml')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)
const board = JSON.parse(text('docs/telemetry/hookward-dashboard.json')) as Dashboard
const { panels } = board
const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
const names = Object.keys(metrics) as MetricName[]

describe('the alerts', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s asks for metrics and labels there are', (_, rule) => {
    expect(faultsIn(rule.expr)).toEqual([])
    expect(['warning', 'critical']).toContain(rule.labels.severity)
    expect(rule.annotations.summary).toMatch(/\.$/)
    expect(rule.annotations.description).toMatch(/\.$/)
  })

  it('watch over the engine, our own side, integrations, the backlog, the ledger and the mail', () => {
    const watched = new Set(rules.flatMap(({ expr }) => selectorsOf(expr).map(({ name }) => name)))
    expect([...watched].sort()).toEqual([
      'hookward_backlog_age_seconds',
      'hookward_deliveries_total',
      'hookward_frozen',
      'hookward_integrations',
      'hookward_ledger_fillings_total',
      'hookward_letters_total',
      'hookward_transitions_total',
      'hookward_up',
    ])
  })
})

describe('the dashboard', () => {
  it('asks for metrics and labels there are', () => {
    expect(queries.flatMap(faultsIn)).toEqual([])
  })

  it('draws every metric, each panel with an id of its own', () => {
    const drawn = new Set(queries.flatMap((expr) => selectorsOf(expr).map(({ name }) => name)))
    expect(names.filter((name) => !seriesOf(name).some((series) => drawn.has(series)))).toEqual([])
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  })
})

describe('what Grafana needs to import the dashboard', () => {
  const source = { type: 'prometheus', uid: '${datasource}' }

  it('is there: a title, an id that an address can hold, a version of the form, and a span of time', () => {
    expect(board.title).not.toBe('')
    expect(board.uid).toMatch(/^[\w-]{1,40}$/)
    expect(board.schemaVersion).toBeGreaterThanOrEqual(36)
    expect(board.time).toEqual({ from: expect.any(String) as string, to: 'now' })
    expect(board).not.toHaveProperty('id')
  })

  it('is named by variables: the data source is chosen, and nothing is asked of another one', () => {
    const [chosen, ...others] = board.templating.list
    expect(chosen).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' })
    for (const one of others) expect(one.datasource).toEqual(source)
    const all = panels.flatMap((panel) => [panel, ...panel.targets])
    for (const { datasource } of all) expect(datasource).toEqual(source)
    const known = [...board.templating.list.map(({ name }) => name), '__rate_interval']
    const used = [...JSON.stringify(board).matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name)
    expect(used.filter((name) => !known.includes(name) && name !== '__all')).toEqual([])
    const asked = others.map(({ query }) =>
      /^label_values\((.*), (\w+)\)$/.exec((query as { readonly query: string }).query),
    )
    expect(asked.map((parts) => [faultsIn(parts?.[1] ?? ''), parts?.[2]])).toEqual([[[], 'job']])
  })

  it.each(panels.map((panel) => [panel.title, panel] as const))('is whole in the panel %s', (title, panel) => {
    const { x, y, w, h } = panel.gridPos
    expect(title).not.toBe('')
    expect(['stat', 'timeseries', 'table']).toContain(panel.type)
    expect([x >= 0, y >= 0, w > 0, h > 0, x + w <= 24]).toEqual([true, true, true, true, true])
    const over = panels.filter(({ id, gridPos: other }) => {
      return id !== panel.id && x < other.x + other.w && other.x < x + w && y < other.y + other.h && other.y < y + h
    })
    expect(over).toEqual([])
    expect(new Set(panel.targets.map(({ refId }) => refId)).size).toBe(panel.targets.length)
  })

  it('names series by labels that its expression leaves', () => {
    const named = panels.flatMap(({ targets }) => targets)
    const strange = named.flatMap(({ expr, legendFormat }) => {
      const left = labelsLeft(expr)
      return [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].filter(([, label = '']) => !left.includes(label))
    })
    expect(strange).toEqual([])
  })
})

describe('what is asked for', () => {
  it('stands in the text that an engine gives to Prometheus', async () => {
    const hookward = await createHookward({ store: memoryStore() })
    onTestFinished(() => hookward.stop())
    await hookward.integrations.put({
      slug: 'bot',
      organization: 'acme',
      url: 'https://acme.example/',
      secret: 'a secret that both sides know',
      topics: [],
    })
    const told = await prometheus(hookward).text()
    const asked = [...queries, ...rules.map(({ expr }) => expr)].flatMap((expr) => selectorsOf(expr))
    for (const { name } of asked) expect(told).toMatch(new RegExp(`^${name}(\\{[^}]*\\})? `, 'm'))
  })

  it('is a rate of counters alone, and of a counter nothing but a rate', () => {
    const all = [...queries, ...rules.map(({ expr }) => expr)]
    const ranged = all.flatMap((expr) => kindsIn(expr, 'MatrixSelector')).map(nameIn)
    const bare = all.flatMap((expr) => {
      const inRange = kindsIn(expr, 'MatrixSelector').map(nameIn)
      return selectorsOf(expr).filter(({ name }) => !inRange.includes(name))
    })
    const isCounter = (series: string) => /_(total|bucket|sum|count)$/.test(series)
    expect(ranged.filter((name) => !isCounter(name))).toEqual([])
    expect(bare.filter(({ name }) => isCounter(name))).toEqual([])
  })

  it('is told of an alert by labels that its expression leaves', () => {
    const strange = rules.flatMap(({ alert, expr, annotations }) => {
      const left = labelsLeft(expr)
      const used = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label)
      return used.filter((label) => !left.includes(label)).map((label) => `${alert}: ${label}`)
    })
    expect(strange).toEqual([])
  })
})

describe('the reference', () => {
  const page = text('docs/reference/telemetry.md')

  it.each([
    ['metric', names.map(prometheusName)],
    ['span', Object.keys(spans)],
    ['attribute', Object.values(spans).flatMap(({ attributes }) => Object.keys(attributes))],
    ['event', Object.keys(logLines)],
  ])('names every %s', (_, all) => {
    expect(all.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })
})

describe('the checks themselves', () => {
  it.each([
    ['sum(hookward_up', 'is no PromQL'],
    ['hookward_ups', 'asks for hookward_ups'],
    ['hookward_backlog{place="held"}', 'asks for the label place'],
    ['hookward_backlog{state="hold"}', 'asks for state hold'],
    ['hookward_letters_total{outcome=~"sent|lost"}', 'asks for outcome lost'],
    ['sum by (topic) (hookward_up)', 'asks for the label topic'],
  ])('see what is wrong in %s', (expr, fault) => {
    expect(faultsIn(expr)).toEqual([expect.stringContaining(fault)])
  })
})

interface Selector {
  readonly name: string
  readonly matchers: readonly (readonly [label: string, value: string])[]
}

/** What an expression asks for that there is not, as sentences. */
function faultsIn(expr: string): readonly string[] {
  if (kindsIn(expr, '⚠').length > 0) return [`${expr} is no PromQL`]
  const known = new Map(names.flatMap((name) => seriesOf(name).map((series) => [series, labelsOf(name)] as const)))
  const grouped = kindsIn(expr, 'GroupingLabels').flatMap((list) => list.match(/\w+/g) ?? [])
  const everywhere = [...known.values()].flatMap((labels) => [...labels.keys()])
  return [
    ...selectorsOf(expr).flatMap(({ name, matchers }) => {
      const labels = known.get(name)
      return labels === undefined ? [`${expr} asks for ${name}`] : matchers.flatMap((one) => faultOf(expr, labels, one))
    }),
    ...grouped.filter((label) => !everywhere.includes(label)).map((label) => `${expr} asks for the label ${label}`),
  ]
}

function faultOf(
  expr: string,
  labels: ReadonlyMap<string, readonly string[]>,
  [label, value]: readonly [string, string],
) {
  const values = labels.get(label)
  if (values === undefined) return [`${expr} asks for the label ${label}`]
  const strange = value.split('|').filter((one) => values.length > 0 && !values.includes(one))
  return strange.map((one) => `${expr} asks for ${label} ${one}`)
}

/** Those of the metric, and those that Prometheus adds; without values where any will do. */
function labelsOf(name: MetricName): ReadonlyMap<string, readonly string[]> {
  const { labels, perIntegration, kind } = metricOf(name)
  const open = ['job', 'instance', ...(perIntegration ? ['integration'] : []), ...(kind === 'histogram' ? ['le'] : [])]
  return new Map([...Object.entries(labels), ...open.map((label) => [label, []] as const)])
}

function seriesOf(name: MetricName): readonly string[] {
  const known = prometheusName(name)
  return metricOf(name).kind === 'histogram' ? [`${known}_bucket`, `${known}_sum`, `${known}_count`] : [known]
}

/** By which an expression groups. */
function labelsLeft(expr: string): readonly string[] {
  return kindsIn(expr, 'GroupingLabels').flatMap((list) => list.match(/\w+/g) ?? [])
}

function nameIn(selector: string): string {
  return /^\w+/.exec(selector)?.[0] ?? ''
}

function selectorsOf(expr: string): readonly Selector[] {
  return kindsIn(expr, 'VectorSelector').map((selector) => {
    const [name = ''] = selector.match(/^\w+/) ?? []
    const matchers = [...selector.matchAll(/(\w+)\s*(?:=~|!=|!~|=)\s*"([^"]*)"/g)]
    return { name, matchers: matchers.map(([, label = '', value = '']) => [label, value] as const) }
  })
}

/** The parts of an expression that Prometheus' own grammar sees as such; Grafana's variables stand for values. */
function kindsIn(expr: string, kind: string): readonly string[] {
  const plain = expr.replaceAll('$__rate_interval', '5m')
  const found: string[] = []
  parser.parse(plain).iterate({
    enter: (node) => {
      if (node.name === kind) found.push(plain.slice(node.from, node.to))
    },
  })
  return found
}

function text(path: string): string {
  return readFileSync(path, 'utf8')
}
