import { createInterface } from 'node:readline'
import { openEngine, paid } from './hookward.ts'

const hookward = await openEngine()
// A queue stands here in your application; this one is fed by lines on the standard input.
const jobs = createInterface({ input: process.stdin })
process.once('SIGTERM', () => jobs.close())
console.log('working')

for await (const invoice of jobs) {
  const { eventId } = await paid(hookward, invoice)
  // Acknowledge a job here: the event is on disk. A job that comes again carries the same key and is emitted once.
  console.log(`done ${invoice} ${eventId}`)
}
await hookward.stop()
