import type { Call, Command, Result } from '../command.ts'
import { examine } from '../doctor/examine.ts'
import type { Diagnosis } from '../doctor/finding.ts'
import type { Colour } from '../terminal.ts'
import { plain, table } from '../words.ts'

const colours: Readonly<Record<Diagnosis['status'], Colour>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  skipped: 'grey',
}

/** `hookward doctor`. */
export const doctor: Command = {
  name: 'doctor',
  about: 'look at Node, versions, clock, disk, DNS, SMTP, store and engine; each with the next step',
  flags: {
    host: { kind: 'text', about: 'resolve this name; otherwise those of the integrations', isMany: true },
  },
  asksEngine: true,
  json: { shape: 'Diagnosis[]' },
  examples: ['doctor --store ./data', 'HOOKWARD_SMTP_URL=smtp://mail.example.com:587 npx hookward doctor'],
  run: (call) => examined(call),
}

async function examined(call: Call): Promise<Result> {
  const value = await examine(call)
  const { terminal } = call
  const rows = value.map(({ check, status, fact }) => [
    check,
    { text: status, paint: (text: string) => terminal.paint(text, colours[status]) },
    fact,
  ])
  const next = value.flatMap(({ check, nextStep }) => (nextStep === undefined ? [] : [`${check}: ${plain(nextStep)}`]))
  const steps = next.length === 0 ? [] : ['', 'Next:', ...next.map((line) => `  ${line}`)]
  const isWell = value.every(({ status }) => status !== 'failed')
  return { value, lines: [...table(terminal, ['CHECK', 'STATUS', 'FACT'], rows), ...steps], code: isWell ? 0 : 1 }
}
