import { refuse } from '../../policy/check.ts'
import type { Labels } from './catalogue.ts'
import { option } from './engine.ts'

/** How many time series there may be. */
export interface CardinalityOptions {
  /**
   * A label `integration` where the table of metrics has it: a series for each integration, in the place of one for all.
   * @default false
   */
  readonly perIntegration?: boolean
  /** The most integrations with a label of their own, 1 to 10,000; the others share `_other`. @default 100 */
  readonly integrationsMax?: number
}

/** The labels that tell integrations apart. */
export interface IntegrationLabels {
  /** Each has its own; else there are none, and one series stands for all. */
  readonly isApart: boolean
  of(integration: string): Labels
}

const none: Labels = {}
const other: Labels = { integration: '_other' }

/** The first so many integrations it is asked for have their own label for good, so that no counter ever changes hands. */
export function integrationLabels(options: CardinalityOptions): IntegrationLabels {
  const { perIntegration: isApart = false, integrationsMax = 100 } = options
  if (!isApart) return { isApart, of: () => none }
  const known = new Map<string, Labels>()
  const of = (integration: string) => {
    const own = known.get(integration)
    if (own !== undefined || known.size >= integrationsMax) return own ?? other
    const label = { integration }
    known.set(integration, label)
    return label
  }
  return { isApart, of }
}

export const cardinalityNames = ['perIntegration', 'integrationsMax'] as const

/** Throws `OPTION_INVALID` for what is impossible. */
export function readCardinality({ perIntegration = false, integrationsMax = 100 }: Unread): CardinalityOptions {
  const isApart = perIntegration === true || perIntegration === false
  if (!isApart) return refuse(option('perIntegration'), 'must be true or false')
  return { perIntegration, integrationsMax: whole(integrationsMax, 'integrationsMax', 1, 10_000) }
}

type Unread = Readonly<Partial<Record<keyof CardinalityOptions, unknown>>>

export function whole(value: unknown, name: string, min: number, max: number): number {
  const isIt = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
  return isIt ? value : refuse(option(name), `must be a whole number from ${min} to ${max}`)
}
