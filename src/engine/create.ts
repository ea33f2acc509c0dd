import type { OpenTopics } from '../policy/parse-event.ts'
import { closeChannels } from './channels.ts'
import type { Hookward } from './hookward.ts'
import { readHost, type HostOptions } from './host-options.ts'
import { readOptions, type HookwardOptions } from './options.ts'
import { alone, type SetUp } from './standby/alone.ts'
import { Seat } from './standby/seat.ts'

/**
 * Makes an engine and takes up what its store holds: deliveries that wait go on, letters still to be sent are sent.
 * Impossible options throw a `HookwardError` before anything has begun; so does a store that cannot be read.
 * @example
 * const hookward = await createHookward({ dir: './data' })
 */
export async function createHookward<Topics = OpenTopics>(
  options: HookwardOptions<Topics> | HostOptions<Topics>,
): Promise<Hookward<Topics>> {
  const hosted = readHost(options)
  if (hosted !== undefined) return hosted.runtime.open<Topics>(hosted.host)
  const parts = readOptions(options)
  const setUp = parts.setUp as unknown as SetUp<Topics>
  try {
    return parts.standby === undefined ? await alone(parts, setUp) : await Seat.begin(parts, parts.standby, setUp)
  } catch (error) {
    await Promise.allSettled([parts.transport.close(), closeChannels(parts.channels), parts.store.close()])
    throw error
  }
}
