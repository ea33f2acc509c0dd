import { HookwardError, textOf } from '../../domain/errors.ts'
import type { Call } from '../command.ts'
import { connect } from '../engine/connect.ts'
import type { Engine } from '../engine/engine.ts'
import { Failure } from '../failure.ts'
import type { DashboardIntegration, DashboardList, DashboardSession } from '../../adapters/dashboard/wire.ts'
import type { Diagnosis, EngineFound, Patient } from './finding.ts'
import { clock } from './clock.ts'
import { disk, store } from './folder.ts'
import { engineFound, node, versions } from './here.ts'
import { dns, smtp } from './network.ts'

const hostsMax = 20

/** Looks at everything, in this order; nothing is written anywhere. */
export async function examine(call: Call): Promise<readonly Diagnosis[]> {
  const patient = await patientOf(call)
  const asked = [clock(patient), disk(patient), dns(patient), smtp(patient), store(patient)]
  return [node(), versions(), ...(await Promise.all(asked)), engineFound(patient)]
}

/** Without a word about an engine none is asked: the playground may well not run. */
async function patientOf(call: Call): Promise<Patient> {
  const { env, flags } = call
  const names = [flags.text('url'), flags.text('store'), env['HOOKWARD_URL'], env['HOOKWARD_STORE']]
  const isNamed = names.some((one) => one !== undefined && one !== '')
  const dir = flags.text('store') ?? (flags.text('url') === undefined ? env['HOOKWARD_STORE'] : undefined)
  const given = { dir: dir === '' ? undefined : dir, smtpUrl: env['HOOKWARD_SMTP_URL'] }
  if (!isNamed) return { ...given, engine: { kind: 'none' }, hosts: flags.list('host') }
  try {
    const engine = await connect(call)
    const found = await reached(engine)
    return {
      ...given,
      engine: found,
      hosts: flags.list('host').length > 0 ? flags.list('host') : await hostsOf(engine),
    }
  } catch (error) {
    return { ...given, engine: failureOf(error), hosts: flags.list('host') }
  }
}

async function reached(engine: Engine): Promise<EngineFound> {
  const askedAt = Date.now()
  const { at, may } = await engine.get<DashboardSession>('session')
  const allowed = Object.entries(may).flatMap(([action, isAllowed]) => (isAllowed ? [action] : []))
  return { kind: 'reached', where: engine.where, at, askedAt: (askedAt + Date.now()) / 2, may: allowed }
}

function failureOf(error: unknown): EngineFound {
  if (error instanceof Failure || error instanceof HookwardError)
    return { kind: 'failed', fact: `${error.code}: ${error.fact}`, nextStep: error.nextStep }
  return { kind: 'failed', fact: textOf(error), nextStep: 'report this with its message' }
}

/** Where the integrations are sent to, the worst first. */
async function hostsOf(engine: Engine): Promise<readonly string[]> {
  const { rows } = await engine.get<DashboardList>('list', { limit: hostsMax })
  const all = await Promise.all(
    rows.map(({ integration }) => engine.get<DashboardIntegration>('integration', { slug: integration })),
  )
  return [...new Set(all.map(({ integration: { url } }) => new URL(url).hostname.replace(/^\[|\]$/g, '')))]
}
