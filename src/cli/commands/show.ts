import type { LogEntry } from '../../domain/delivery.ts'
import type { Call, Command, Result } from '../command.ts'
import { connect } from '../engine/connect.ts'
import { besideFolder, folderLines } from '../engine/folder-facts.ts'
import type { Terminal } from '../terminal.ts'
import { facts, plain, timeText } from '../words.ts'
import type { DashboardDelivery, DashboardIntegration, ShownNotice } from '../../adapters/dashboard/wire.ts'
import { verdictLines } from './explain.ts'
import { slug } from './slug.ts'

const stepsShown = 5

/** `hookward show`. */
export const show: Command = {
  name: 'show',
  about: 'one integration, or one of its deliveries, in full',
  args: [slug, { name: 'DELIVERY', about: 'the id of a delivery, as log lists it', isOptional: true }],
  asksEngine: true,
  json: { shape: '(DashboardIntegration | DashboardDelivery) & FromFolder' },
  examples: ['show acme-bot'],
  run: (call) => shown(call),
}

async function shown(call: Call): Promise<Result> {
  const { args, terminal } = call
  const [id = '', delivery] = args
  const engine = await connect(call)
  if (delivery === undefined) {
    const value = await engine.get<DashboardIntegration>('integration', { slug: id })
    const lines = [...folderLines(engine.folder, id), ...integrationLines(terminal, value)]
    return { value: besideFolder(value, engine.folder), lines }
  }
  const value = await engine.get<DashboardDelivery>('delivery', { slug: id, id: delivery })
  return {
    value: besideFolder(value, engine.folder),
    lines: [...folderLines(engine.folder, ''), ...deliveryLines(value)],
  }
}

function integrationLines(terminal: Terminal, details: DashboardIntegration): readonly string[] {
  const { at, integration, explanation, installations, transitions, audit, notices, standing } = details
  const { id, name, organization, url, status, topics, owners } = integration
  return [
    ...facts([
      ['integration', `${id} (${plain(name)}), ${status}, of ${plain(organization)}`],
      ['url', plain(url)],
      ['topics', topics.length === 0 ? 'none' : plain(topics.join(', '))],
      ['owners', owners.length === 0 ? 'none' : plain(owners.map(({ email }) => email).join(', '))],
      [
        'installed in',
        installations.length === 0 ? 'none' : plain(installations.map((one) => one.organization).join(', ')),
      ],
      ['lane', standing && `${standing.gate}, ${standing.waiting} waiting, ${standing.inFlight} in flight`],
    ]),
    '',
    ...verdictLines(terminal, explanation, at),
    ...part(
      'Steps',
      transitions.slice(0, stepsShown),
      ({ at, from, to, signal }) => `${timeText(at)}  ${from} -> ${to}  ${signal}`,
    ),
    ...part(
      'Audit',
      audit.slice(0, stepsShown),
      ({ at, by, action, reason }) => `${timeText(at)}  ${action} by ${by}: ${reason}`,
    ),
    ...part('Notices', notices.slice(-stepsShown), noticeLine),
  ]
}

function part<T>(title: string, all: readonly T[], lineOf: (one: T) => string): readonly string[] {
  return all.length === 0 ? [] : ['', `${title}:`, ...all.map((one) => `  ${plain(lineOf(one))}`)]
}

function noticeLine({ at, step, status, letters }: ShownNotice): string {
  const to = letters.map((letter) => `${letter.to} ${letter.status}`).join(', ')
  return `${timeText(at)}  ${step}: ${status}${to === '' ? '' : `, ${to}`}`
}

function deliveryLines({ id, attempts, held, dead }: DashboardDelivery): readonly string[] {
  const place = held ?? dead
  return [
    `delivery ${plain(id)}`,
    ...(place === undefined
      ? []
      : facts([
          [held === undefined ? 'dead' : 'held', `${place.reason} since ${timeText(place.since)}`],
          ['expires', timeText(place.expiresAt)],
        ])),
    ...(attempts.length === 0
      ? [
          '',
          'no attempt of it is in the log: it waits for its first, the log has let go of it, or there is none of this id',
        ]
      : attempts.flatMap(attemptLines)),
  ]
}

function attemptLines(entry: LogEntry): readonly string[] {
  const { at, attempt, outcome, durationMs, phase, became, webhookUrl, requestHeaders, requestBody, responseBody } =
    entry
  const took = durationMs === undefined ? '' : ` after ${durationMs} ms`
  const headers = Object.entries(requestHeaders ?? {}).map(([name, value]) => `  > ${name}: ${value}`)
  const bodies = [
    requestBody === undefined ? [] : ['  >', `  > ${requestBody}`],
    responseBody === undefined ? [] : [`  < ${responseBody}`],
  ]
  return [
    '',
    `attempt ${attempt} at ${timeText(at)}: ${outcome.code}${took}${phase === undefined || outcome.status !== 0 ? '' : `, in ${phase}`}; became ${became}`,
    `  > POST ${webhookUrl}`,
    ...headers,
    ...bodies.flat(),
  ].map(plain)
}
