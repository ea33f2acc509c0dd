import { nodeFiles } from '../../adapters/lowdb/files.ts'
import { PulseFile } from '../../adapters/lowdb/pulse-file.ts'
import { spanText } from '../words.ts'
import type { Diagnosis, Patient } from './finding.ts'

/** Signatures carry a moment, and receivers that check it allow five minutes. */
const skewMs = { warning: 30_000, failed: 300_000 } as const
/** A clock that shows an earlier moment than this stands wrong: no Node that the package runs on is older. */
const leastAt = Date.UTC(2024, 0, 1)

/** Whether the clock of this machine can be right: it agrees with the engine's, and the store has not seen a later moment. */
export async function clock({ dir, engine }: Patient, now: number = Date.now()): Promise<Diagnosis> {
  const shown = `it shows ${new Date(now).toISOString()}`
  if (now < leastAt) return { check: 'clock', status: 'failed', fact: shown, nextStep: 'set the clock by NTP' }
  if (dir !== undefined) return compared((await lastPulse(dir)) ?? now, now, 'what the store was last told')
  if (engine.kind === 'reached') return compared(engine.at, engine.askedAt, 'the clock of the engine')
  return { check: 'clock', status: 'ok', fact: `${shown}; there was no engine to compare it with` }
}

/** A store lags behind, as nobody writes into it all the time: only what is ahead of us is wrong. */
function compared(at: number, now: number, what: string): Diagnosis {
  const isStore = what.startsWith('what')
  const skew = isStore ? Math.max(0, at - now) : at - now
  const far = Math.abs(skew)
  if (far < 1_000) return { check: 'clock', status: 'ok', fact: `${what} agrees with this machine` }
  const fact = `${what} is ${spanText(far)} ${skew < 0 ? 'behind' : 'ahead of'} this machine`
  if (far < skewMs.warning) return { check: 'clock', status: 'ok', fact }
  const nextStep = 'set the clocks by NTP: receivers refuse signatures that are more than five minutes off'
  return { check: 'clock', status: far < skewMs.failed ? 'warning' : 'failed', fact, nextStep }
}

async function lastPulse(dir: string): Promise<number | undefined> {
  const nothing = () => Promise.reject(new Error('a reading tool writes nothing'))
  const pulse = await new PulseFile(dir, nothing, nodeFiles).read().catch(() => null)
  return pulse?.at
}
