import { HookwardError } from '../domain/errors.ts'
import type { ImportedLine, ImportReport } from '../domain/import-report.ts'
import type { Installation, IntegrationId } from '../domain/integration.ts'
import { checkFields, checkWord, refuse, type Field } from '../policy/check.ts'
import { parseImport, type ImportLine, type ImportOptions } from '../policy/parse-import.ts'
import { parseInstallation } from '../policy/parse-installation.ts'
import type { Clock, Random } from '../ports.ts'
import { changedFields } from './books.ts'
import { newUuid } from './ids.ts'

/** What importing works with. */
export interface ImportingParts {
  readonly clock: Clock
  readonly random: Random
  /** What `put` would make of it; rejects with what it would refuse. */
  readonly preview: (input: object) => Promise<Becoming>
  readonly installationIn: (id: IntegrationId, organization: string) => Installation | undefined
  readonly put: (input: object, hand: Hand) => Promise<unknown>
  readonly install: (input: object, options: Hand & { readonly announce: false }) => Promise<unknown>
}

/** What would become of an integration: names of fields, never their values. */
export interface Becoming {
  readonly id: IntegrationId
  readonly isNew: boolean
  readonly fields: readonly string[]
}

type Readable = Extract<ImportLine, { input: unknown }>
type Looked = ImportedLine & { readonly given?: Readable }

/** Registers many integrations from a text: all lines are checked before the first is written. */
export class Importing {
  readonly #parts: ImportingParts

  constructor(parts: ImportingParts) {
    this.#parts = parts
  }

  async import(text: unknown, options: unknown = {}): Promise<ImportReport> {
    const { dryRun, format, refused, hand } = readOptions(options)
    const lines = await this.#lookAtAll(parseImport(text, format))
    const isWhole = lines.every(({ becomes }) => becomes !== 'refused')
    const isWritten = !dryRun && (isWhole || refused === 'skip')
    if (!isWritten) return reportOf(lines, isWritten)
    const done: Looked[] = []
    for (const line of lines) done.push(await this.#write(line, hand))
    return reportOf(done, isWritten)
  }

  async #lookAtAll(lines: readonly ImportLine[]): Promise<readonly Looked[]> {
    const first = new Map<string, number>()
    const all: Looked[] = []
    for (const line of lines) all.push(await this.#look(line))
    return all.map((looked) => {
      const { line, slug } = looked
      if (slug === undefined) return looked
      const before = first.get(slug)
      first.set(slug, before ?? line)
      return before === undefined ? looked : refusedLine(line, slug, invalid(`${slug} stands on line ${before}, too`))
    })
  }

  async #look(line: ImportLine): Promise<Looked> {
    if ('error' in line) return refusedLine(line.line, undefined, line.error)
    const slug = slugOf(line.input)
    try {
      const { id, isNew, fields } = await this.#parts.preview(line.input)
      const places = line.installations.flatMap((one) => this.#lookAtPlace(id, one))
      const changes = [...fields, ...places]
      const becomes = isNew ? 'created' : changes.length === 0 ? 'same' : 'changed'
      return { line: line.line, slug: id, becomes, changes, given: line }
    } catch (error) {
      return refusedLine(line.line, slug, error)
    }
  }

  #lookAtPlace(id: IntegrationId, given: unknown): readonly string[] {
    const { clock, installationIn, random } = this.#parts
    const { organization } = Object(given) as { readonly organization?: unknown }
    const existing = installationIn(id, String(organization))
    const context = { now: clock.now(), uuid: newUuid(random), ...(existing === undefined ? {} : { existing }) }
    const installation = parseInstallation(placed(id, given), context)
    const isSame = existing !== undefined && changedFields(existing, installation).length === 0
    return isSame ? [] : [`installation of ${installation.organization}`]
  }

  /** What was found while looking may have changed meanwhile, and secrets are asked for only now. */
  async #write(looked: Looked, hand: Hand): Promise<Looked> {
    const { given, slug } = looked
    if (given === undefined || slug === undefined || looked.becomes === 'same') return looked
    try {
      await this.#parts.put(given.input, hand)
      // Their receivers have been installed all the while.
      for (const one of given.installations) await this.#parts.install(placed(slug, one), { announce: false, ...hand })
      return looked
    } catch (error) {
      return refusedLine(looked.line, slug, error)
    }
  }
}

type Hand = Pick<ImportOptions, 'by' | 'reason'>

function placed(integration: IntegrationId, given: unknown): object {
  return { ...(Object(given) as object), integration }
}

function refusedLine(line: number, slug: string | undefined, error: unknown): Looked {
  if (!(error instanceof HookwardError)) throw error
  return { line, ...(slug === undefined ? {} : { slug }), becomes: 'refused', changes: [], error }
}

function reportOf(looked: readonly Looked[], isWritten: boolean): ImportReport {
  const lines = looked.map(({ given: _given, ...line }) => line)
  const count = (becomes: ImportedLine['becomes']) => lines.filter((line) => line.becomes === becomes).length
  const counts = { created: count('created'), changed: count('changed'), same: count('same') }
  return { isWritten, ...counts, refused: count('refused'), lines }
}

function readOptions(options: unknown) {
  const known = ['format', 'dryRun', 'refused', 'by', 'reason'] as const
  const { format, dryRun = false, refused = 'stop', ...hand } = checkFields(options, field('the options'), known)
  if (typeof dryRun !== 'boolean') return refuse(field('dryRun'), 'must be true or false')
  return {
    dryRun,
    ...(format === undefined ? {} : { format: checkWord(format, field('format'), ['csv', 'jsonl']) }),
    refused: checkWord(refused, field('refused'), ['stop', 'skip']),
    hand: hand as Hand,
  }
}

function slugOf(input: Readonly<Record<string, unknown>>): string | undefined {
  return typeof input.slug === 'string' ? input.slug.slice(0, 64) : undefined
}

function invalid(fact: string): HookwardError {
  return new HookwardError('IMPORT_INVALID', fact)
}

function field(name: string): Field {
  return { code: 'IMPORT_INVALID', name }
}
