import '../test/support/with-resolvers.ts'
import { listen } from '../src/adapters/restate/endpoint.ts'
import { sealWith } from '../src/adapters/restate/seal.ts'
import type { Slice, Turned } from '../src/adapters/restate/slice.ts'
import type { Turns } from '../src/adapters/restate/turns.ts'
import { turnsOf } from '../src/engine/turns.ts'
import { readWorker } from '../src/engine/worker-options.ts'

/** What a worker has done since it was asked before. */
export interface WorkerCounts {
  readonly turns: number
  readonly deliveries: number
  /** From the beginning of a turn to its end, the receiver's answer included. */
  readonly turnMs: number
  readonly cpuMs: number
}

/**
 * The process of a worker as `serveRestate` makes one, which says on each message what it has done. As an `empty` one it
 * does nothing with deliveries: what is left is what a call costs by itself.
 */
const [, , givenKey, how] = process.argv
const { key, parts } = readWorker({ key: givenKey, network: { allow: ['127.0.0.0/8'] } })
let [turns, deliveries, turnMs, cpu] = [0, 0, 0, process.cpuUsage()]
const counted = (made: Turns): Turns => ({
  ...made,
  deliver: async (slice, parcels) => {
    const began = performance.now()
    const turned = await (how === 'empty' ? nothingDone(slice) : made.deliver(slice, parcels))
    turns += 1
    deliveries += parcels.length
    turnMs += performance.now() - began
    return turned
  },
})
const nothingDone = ({ document }: Slice): Turned<null> => ({
  ...{ answer: null, document, logged: [], beganAt: parts.clock.now(), at: parts.clock.now() },
  ...{ wakeAt: Infinity, letters: [], told: [] },
})
const { port } = await listen({
  turns: counted(turnsOf(parts, () => undefined)),
  seal: sealWith(key),
  logger: parts.logger,
  host: '127.0.0.1',
  port: 0,
  identityKeys: [],
  turnMsMax: 60_000,
})
process.on('message', () => {
  const { user, system } = process.cpuUsage(cpu)
  process.send?.({ turns, deliveries, turnMs, cpuMs: (user + system) / 1_000 } satisfies WorkerCounts)
  ;[turns, deliveries, turnMs, cpu] = [0, 0, 0, process.cpuUsage()]
})
process.on('SIGTERM', () => process.exit(0))
process.send?.({ port })
