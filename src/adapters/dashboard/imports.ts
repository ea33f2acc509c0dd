import type { ImportedLine, ImportReport } from '../../domain/import-report.ts'
import { checkFields, refuse, type Field } from '../../policy/check.ts'
import type { ImportOptions } from '../../policy/parse-import.ts'
import { checkReason } from './acts.ts'
import type { DashboardHost } from './host.ts'
import { present } from './present.ts'
import type { DashboardImport } from './wire.ts'

/** What an import is posted as takes at the most: its text, with room for what JSON writes longer. */
export const importBytesMax = 33_554_432

/** Registers what was posted, or says what would become of it; the engine checks the rest. */
export async function importInto(host: DashboardHost, body: unknown, by: string): Promise<DashboardImport> {
  const fields = ['text', 'format', 'dryRun', 'refused', 'reason'] as const
  const { text, dryRun, reason, ...how } = checkFields(body, field('the import'), fields)
  const why = dryRun === true && reason === undefined ? {} : { reason: checkReason(reason) }
  if (host.integrations.import === undefined) return refuse(field('import'), 'is not there for this engine')
  const options = { ...present(how), ...present({ dryRun }), ...why, by } as ImportOptions
  return shown(await host.integrations.import(text as string, options))
}

function shown({ lines, ...counts }: ImportReport): DashboardImport {
  return { ...counts, lines: lines.map(shownLine) }
}

function shownLine({ error, ...line }: ImportedLine): DashboardImport['lines'][number] {
  if (error === undefined) return line
  const { code, fact, nextStep } = error
  return { ...line, error: { code, fact, nextStep } }
}

function field(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}
