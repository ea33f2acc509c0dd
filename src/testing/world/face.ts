import type { Hookward } from '../../engine/hookward.ts'
import type { IntegrationId } from '../../domain/integration.ts'
import type { CountedSignal, Policy } from '../../policy/health/policy.ts'
import type { Judge } from './judge/judge.ts'

/** The engine as it is, with the judge told of calls that may send a held delivery past its lane. */
export function watchedFace(hookward: Hookward, judge: Judge): Hookward {
  const byHand = async <T>(id: IntegrationId, call: () => Promise<T>): Promise<T> => {
    const end = judge.attempts.hand(id)
    return call().finally(end)
  }
  const { integrations } = hookward
  return {
    ...hookward,
    integrations: {
      ...integrations,
      enable: (slug, options) => byHand(slug, () => integrations.enable(slug, options)),
      probe: (slug, options) => byHand(slug, () => integrations.probe(slug, options)),
    },
  }
}

/** The policy as it is, with the judge told of what it observes. */
export function watchedPolicy(policy: Policy, judge: Judge): Policy {
  // What is no policy is for the engine to refuse.
  if (Object(policy) !== policy) return policy
  const observe: Policy['observe'] = (memory, signal: CountedSignal) => {
    judge.chart.observing(signal)
    return policy.observe(memory, signal)
  }
  return new Proxy(policy, {
    get: (target, name): unknown => (name === 'observe' ? observe : Reflect.get(target, name)),
  })
}
