export { manualClock, type ManualClock } from './testing/manual-clock.ts'
export { seededRandom, type SeededRandom } from './testing/random.ts'
export type { Span } from './testing/span.ts'
