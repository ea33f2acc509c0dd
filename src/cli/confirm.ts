import type { Call } from './command.ts'
import { failed } from './failure.ts'
import { plain } from './words.ts'

/** Asks before something is done that does not come back by itself; without a terminal it needs `--yes`. */
export async function confirm({ flags, terminal }: Call, question: string): Promise<void> {
  if (flags.isSet('yes')) return
  if (!terminal.isInteractive) throw failed('USAGE', `${question} needs --yes where nobody can be asked`)
  const answer = await terminal.ask(`${question}? [y/N] `)
  if (!/^y(es)?$/i.test(answer.trim())) throw failed('NOT_CONFIRMED', `${question}: the answer was no`)
}

/** Why something is done: by the flag, or asked for. It stands in the audit. */
export async function reasonOf({ flags, terminal }: Call): Promise<string> {
  const given = flags.text('reason')
  if (given !== undefined) return given
  if (!terminal.isInteractive) throw failed('USAGE', '--reason is missing: it stands in the audit')
  const answer = plain(await terminal.ask('Why? ')).trim()
  if (answer === '') throw failed('USAGE', 'no reason was given: it stands in the audit')
  return answer
}
