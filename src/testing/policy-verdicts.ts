import { chances, spanMs, whole } from './chances.ts'
import { encodeJson } from '../policy/json.ts'
import { badness, breaks, moments, placeOf, watched, type Subject } from './policy-subject.ts'

const dayMs = 86_400_000

/** `empty()` at moments from 1970 to 2100. */
export function startsHealthy({ policy, seed }: Subject): void {
  const chance = chances(seed)
  for (let n = 0; n < 1_000; n += 1) {
    const at = n === 0 ? 0 : whole(chance, 0, Date.UTC(2100, 0))
    const { level } = policy.judge(policy.empty(), at)
    if (level !== 'healthy') breaks(`an empty memory is judged ${level} at ${new Date(at).toISOString()}`)
  }
}

/** Each verdict has all its parts, and no more than fits into a record. */
export function answersWell(subject: Subject): void {
  const asked = watched(subject)
  for (const moment of moments(subject)) {
    const verdict = asked.judge(moment.memory, moment.at)
    const { rule, summary } = verdict.evidence
    for (const [name, text] of Object.entries({ rule, summary, wouldChange: verdict.wouldChange }))
      if (text === '') breaks(`${name} of the verdict is empty ${placeOf(subject, moment)}`)
    const bytes = Buffer.byteLength(JSON.stringify(verdict))
    if (bytes > subject.verdictBytesMax)
      breaks(`the verdict takes ${bytes} bytes, more than ${subject.verdictBytesMax}, ${placeOf(subject, moment)}`)
  }
}

/** At most three, of at most 500 characters, from the nearest level to the worst. */
export function saysWhyNot(subject: Subject): void {
  const { policy } = subject
  for (const moment of moments(subject)) {
    const { memory, at } = moment
    const told = policy.whyNot?.(memory, at) ?? []
    const place = placeOf(subject, moment)
    if (told.length > 3) breaks(`whyNot gives ${told.length} levels, more than 3, ${place}`)
    told.reduce(
      (before, { level, because }) => {
        if (badness(level) <= before)
          breaks(`whyNot gives ${level}, which is not worse than what stands before, ${place}`)
        if (because.length === 0 || because.length > 500)
          breaks(`whyNot gives ${because.length} characters for ${level}, not 1 to 500, ${place}`)
        return badness(level)
      },
      badness(policy.judge(memory, at).level),
    )
    encodeJson(told)
  }
}

/** Whatever happened before, and however long nothing happens afterwards. */
export function forgives(subject: Subject): void {
  const asked = watched(subject)
  const chance = chances(subject.seed)
  for (const moment of moments(subject)) {
    const at = moment.at + whole(chance, 0, dayMs)
    const { memory } = asked.forgive?.(moment.memory, at) ?? { memory: asked.empty() }
    for (const laterMs of [0, spanMs(chance, 1, 400 * dayMs)]) {
      const { level } = asked.judge(memory, at + laterMs)
      if (level !== 'healthy')
        breaks(`what is forgiven is judged ${level} ${laterMs} ms later, ${placeOf(subject, moment)}`)
    }
  }
}

/** Asked for every failure, as the engine does for one that waits. */
export function waitsInBounds(subject: Subject): void {
  const asked = watched(subject)
  for (const { before, signal, at } of moments(subject)) {
    if (signal.type === 'delivery.failed' || signal.type === 'probe.failed') asked.patience?.(before, at)
  }
}
