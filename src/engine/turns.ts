import { bound, replyOf, type Order } from '../adapters/restate/wire.ts'
import type { Turns } from '../adapters/restate/turns.ts'
import { HookwardError } from '../domain/errors.ts'
import type { AnyEvent } from '../domain/told.ts'
import { faceOf } from './face.ts'
import type { Engine } from './engine.ts'
import type { Hookward } from './hookward.ts'
import { sendBy } from './letter-rows.ts'
import { OutageGuard } from './outage-guard.ts'
import { frozen, thawed } from './own-side.ts'
import { look, turn, type TurnParts } from './turn.ts'

/** What a worker does with an integration, for whoever keeps it between two turns. `told` hears every event. */
export function turnsOf(parts: TurnParts, told: (event: AnyEvent) => void): Turns {
  const guard = guardOf(parts, told)
  const heard = { ...parts, guard, told }
  return {
    deliver: (slice, parcels) =>
      turn(heard, slice, async ({ backlog, intake }) => {
        const fresh = parcels.filter(({ delivery }) => backlog.get(delivery.id) === undefined)
        const taken = fresh.map((parcel) => {
          const { eventId, acceptedAt: at } = parcel.delivery
          return intake.take({ eventId, at, deliveries: [bound(parcel)] })
        })
        await Promise.all(taken)
        return null
      }),
    call: (slice, order) => turn(heard, slice, (engine) => replyOf(() => called(engine, order))),
    wake: (slice) => turn(heard, slice, () => Promise.resolve(null)),
    mailed: (slice, { letterId, outcome }) =>
      turn(heard, slice, () => Promise.resolve(null), new Map([[letterId, outcome]])),
    ask: (slice, order) => replyOf(() => look({ ...parts, guard }, slice, (engine) => asked(engine, order))),
    letter: (slice, letterId) =>
      look(parts, slice, (engine) => {
        const [integration] = engine.catalogue.integrations()
        return integration === undefined ? null : engine.mailroom.message(integration.id, letterId)
      }),
    send: ({ channel: name, message }) => {
      const channel = parts.channels.get(name)
      if (channel !== undefined) return sendBy(channel, message)
      return Promise.resolve({ kind: 'failed', error: `no channel is called ${name} here`, permanent: false })
    },
    now: () => parts.clock.now(),
    token: () => parts.random.uuid(),
  }
}

/** Turns follow each other, and this process has one way out: what one of them finds of it holds for all. */
function guardOf({ clock, logger, policy }: TurnParts, told: (event: AnyEvent) => void): OutageGuard {
  return new OutageGuard({
    rule: policy.ownOutage,
    clock,
    onFrozen: (outage) => told({ type: 'frozen', ...frozen(outage, logger) }),
    onThawed: (outage) => told({ type: 'thawed', ...thawed(outage, clock.now(), logger) }),
  })
}

/** `rest` is no call of the face: whether anything is left that is due. */
function called(engine: Engine, order: Order): unknown {
  if (order.name === 'rest') return engine.idle().then(() => isAtRest(engine))
  return callOf(faceOf(engine), order, changing)
}

/** `preview` is no call of the face: what `put` would do. */
function asked(engine: Engine, order: Order): unknown {
  if (order.name === 'preview') return engine.registration.becomes(order.args[0])
  return callOf(faceOf(engine), order, reading)
}

const orders = ['put', 'remove', 'enable', 'disable', 'pause', 'probe', 'resume', 'send'].map(
  (name) => `integrations.${name}`,
)
const changing: readonly string[] = [...orders, 'installations.install', 'installations.uninstall', 'replay']
const reading: readonly string[] = [
  'explain',
  'overview',
  'log',
  'hours',
  'audit',
  'transitions',
  'held',
  'dead',
  'notices',
]

type Calls = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>

/** By its public name, and only one that is meant to be called so. */
function callOf(face: Hookward, { name, args }: Order, names: readonly string[]): unknown {
  if (!names.includes(name))
    throw new HookwardError('RESTATE_VERSION', `this worker has no call named ${JSON.stringify(name.slice(0, 64))}`)
  const [group, method] = name.split('.') as ['integrations' | 'installations', string | undefined]
  const calls = (method === undefined ? face : face[group]) as unknown as Calls
  return calls[method ?? group]?.(...args)
}

/** Letters that are due are in other hands, and their answers are still to come. */
async function isAtRest({ catalogue, parts }: Engine): Promise<boolean> {
  const [integration] = catalogue.integrations()
  if (integration === undefined) return true
  const letters = await parts.store.letters(integration.id)
  return letters.every(({ status, dueAt }) => status !== 'pending' || dueAt > parts.clock.now())
}
