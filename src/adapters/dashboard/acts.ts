import { checkFields, checkObject, checkText, checkWord, type Field } from '../../policy/check.ts'
import { actions, type DashboardAction } from './actions.ts'
import type { SendInput } from '../../policy/parse-event.ts'
import type { DashboardHost } from './host.ts'

/** A change somebody asks for. */
export interface Act {
  readonly action: Exclude<DashboardAction, 'read' | 'import'>
  readonly slug: string
  readonly reason: string
  readonly given: Readonly<Record<string, unknown>>
}

const changes = actions.filter((action): action is Act['action'] => action !== 'read' && action !== 'import')
const replayTerms = ['which', 'ids', 'topics', 'from', 'to', 'limit', 'perSecond', 'as'] as const
const terms: Readonly<Partial<Record<Act['action'], readonly string[]>>> = {
  enable: ['replay', 'force'],
  replay: replayTerms,
  send: ['topic', 'organization', 'data', 'project', 'actor', 'subject'],
}

/** Checks what was posted; a reason is asked for whatever the action. */
export function parseAct(body: unknown): Act {
  const at = field('the action')
  const action = checkWord(checkObject(body, at).action, field('action'), changes)
  const { slug, reason, ...given } = checkFields(body, at, ['action', 'slug', 'reason', ...(terms[action] ?? [])])
  return {
    action,
    slug: checkText(slug, field('slug'), 64),
    reason: checkReason(reason),
    given: Object.fromEntries(Object.entries(given).filter(([name]) => name !== 'action')),
  }
}

/** Why: asked for whatever is done. */
export function checkReason(reason: unknown): string {
  return checkText(typeof reason === 'string' ? reason.trim() : reason, field('reason'), 200)
}

/** Does it; the engine checks the rest, and writes who and why into the audit. */
export function perform(host: DashboardHost, { action, slug, reason, given }: Act, by: string): Promise<object> {
  const hand = { by, reason }
  if (action === 'replay') return host.replay(slug, { which: 'all', ...given, ...hand })
  // The engine looks at every field of it.
  if (action === 'send') return host.integrations.send(slug, given as unknown as SendInput, hand)
  if (action === 'enable') return host.integrations.enable(slug, { ...given, ...hand })
  return host.integrations[action](slug, hand)
}

function field(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}
