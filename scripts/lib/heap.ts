import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is held in memory now that nothing left behind counts, in megabytes: the heap and the buffers beside it. */
export async function heldMb(): Promise<number> {
  // What the system still had in its hands is let go a turn or two later.
  for (let n = 0; n < 3; n += 1) {
    await new Promise(setImmediate)
    collect()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1_048_576
}
