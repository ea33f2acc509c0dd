import type { Explanation } from '../../domain/health.ts'
import type { ProbeAnswer } from '../../domain/probe.ts'
import type { Call, Command, Result } from '../command.ts'
import { confirm, reasonOf } from '../confirm.ts'
import { connectToAct } from '../engine/connect.ts'
import type { Flag } from '../flags.ts'
import { plain } from '../words.ts'
import { verdictLines } from './explain.ts'
import { slug } from './slug.ts'

const reason: Flag = { kind: 'text', about: 'why; it stands in the audit' }
const replays = ['missed', 'none'] as const
const common = { args: [slug], asksEngine: true, flags: { reason }, json: { shape: 'Explanation' } } as const

/** `hookward probe`. */
export const probe: Command = {
  ...common,
  name: 'probe',
  about: 'send one held delivery now, and tell how it ended',
  json: { shape: 'ProbeAnswer' },
  examples: ['probe acme-bot --reason "they say it is mended"'],
  run: (call) => probed(call),
}

/** `hookward enable`. */
export const enable: Command = {
  ...common,
  name: 'enable',
  about: 'trust it again and open its lane, once a held delivery has arrived',
  flags: {
    reason,
    replay: { kind: replays, about: 'whether what was held is sent now, or left in the ledger (missed)' },
    force: { kind: 'boolean', about: 'without a delivery that arrives first; asks' },
  },
  confirms: true,
  run: async (call) => {
    const [id = ''] = call.args
    const [force, replay] = [call.flags.isSet('force'), call.flags.word('replay', replays)]
    const act = { action: 'enable', ...(force ? { force } : {}), ...(replay === undefined ? {} : { replay }) }
    return ordered(call, act, force ? `Enable ${id} without a probe` : undefined)
  },
}

/** `hookward disable`. */
export const disable: Command = {
  ...common,
  name: 'disable',
  about: 'switch it off and tell its owners; its deliveries are held',
  confirms: true,
  run: (call) => ordered(call, { action: 'disable' }, `Disable ${call.args[0] ?? ''} and write to its owners`),
}

/** `hookward pause`. */
export const pause: Command = {
  ...common,
  name: 'pause',
  about: 'stop it without a verdict; nobody is told, its deliveries are held',
  run: (call) => ordered(call, { action: 'pause' }),
}

/** `hookward resume`. */
export const resume: Command = {
  ...common,
  name: 'resume',
  about: 'go on from where a pause began',
  run: (call) => ordered(call, { action: 'resume' }),
}

/** Nobody is asked about an integration that is not there. */
async function ordered(call: Call, act: { readonly action: string }, question?: string): Promise<Result> {
  const [id] = call.args
  const engine = await connectToAct(call)
  if (question !== undefined) {
    await engine.get('integration', { slug: id })
    await confirm(call, question)
  }
  const why = await reasonOf(call)
  const explanation = await engine.act<Explanation>({ ...act, slug: id, reason: why })
  return { value: explanation, lines: verdictLines(call.terminal, explanation).slice(0, 1) }
}

async function probed(call: Call): Promise<Result> {
  const engine = await connectToAct(call)
  const why = await reasonOf(call)
  const answer = await engine.act<ProbeAnswer>({ action: 'probe', slug: call.args[0], reason: why })
  return { value: answer, lines: [probeLine(answer)], code: answer.kind === 'succeeded' ? 0 : 1 }
}

function probeLine(answer: ProbeAnswer): string {
  if (answer.kind === 'not-made') return 'no probe was made: nothing is held, so there is no delivery to probe with'
  const { kind, deliveryId, topic, outcome, counted } = answer
  const heard = counted ? 'counted for health' : 'did not count for health'
  if (kind === 'own-trouble') return `the probe did not reach the receiver because of ourselves: ${outcome.code}`
  return plain(`the probe ${kind}: ${outcome.code} to ${topic} (${deliveryId}), which ${heard}`)
}
