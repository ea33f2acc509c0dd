import { HookwardError } from '../domain/errors.ts'
import type { IntegrationId } from '../domain/integration.ts'
import type { ProbeAnswer } from '../domain/probe.ts'
import type { Policy } from '../policy/health/policy.ts'
import type { Clock, Store } from '../ports.ts'
import type { Hand } from './books.ts'
import type { HandProbe } from './hand-probe.ts'
import type { Registry } from './registry.ts'

/** What the guard works with. */
export interface EnableGuardParts {
  readonly policy: Policy
  readonly clock: Clock
  readonly store: Store
  readonly registry: Registry
  readonly probes: HandProbe
}

/** Before an integration is enabled its receiver shows that it answers, where the policy asks for it. */
export class EnableGuard {
  readonly #parts: EnableGuardParts

  constructor(parts: EnableGuardParts) {
    this.#parts = parts
  }

  /** Throws `PROBE_FAILED`, or `PROBE_TOO_SOON` after one that failed. With nothing held there is nothing to show. */
  async pass(id: IntegrationId, hand: Hand): Promise<void> {
    const { policy, probes, registry } = this.#parts
    if (policy.guard === undefined || registry.now(id).context.gate === 'open') return
    await this.#cool(id, policy.guard.cooldownMs)
    const answer = await probes.make(id, hand)
    if (answer.kind === 'succeeded' || answer.kind === 'not-made') return
    if (answer.kind === 'failed') await this.#refuse(id, answer, hand)
    throw new HookwardError('PROBE_FAILED', `${id} stays as it is: ${endOf(answer)}`)
  }

  /** A change of its registration, its address for one, is worth another try at once. */
  async #cool(id: IntegrationId, cooldownMs: number): Promise<void> {
    const audit = await this.#parts.store.audit(id)
    const last = audit.find(({ action }) => action === refused || action === 'integration.changed')
    if (last?.action !== refused || this.#parts.clock.now() - last.at >= cooldownMs) return
    const again = new Date(last.at + cooldownMs).toISOString()
    throw new HookwardError('PROBE_TOO_SOON', `${id} did not answer a moment ago, and is asked again at ${again}`)
  }

  #refuse(id: IntegrationId, answer: Made, hand: Hand): Promise<void> {
    const at = this.#parts.clock.now()
    const entry = { at, integrationId: id, by: hand.by, action: refused, reason: endOf(answer) }
    return this.#parts.registry.note(id, at, () => ({ audit: [entry] }))
  }
}

const refused = 'integration.enable.refused'

type Made = Exclude<ProbeAnswer, { kind: 'not-made' }>

function endOf({ kind, outcome: { code } }: Made): string {
  return kind === 'failed' ? `its probe ended with ${code}` : `its probe was not sent (${code})`
}
