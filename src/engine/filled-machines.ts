import { createActor, type AnyActorRef } from 'xstate'
import {
  createIntegration,
  webhook,
  type EndedAttempt,
  type IntegrationActor,
  type IntegrationMachine,
  type LaneBounds,
  type Lanes,
} from '../machines/index.ts'
import type { Policy } from '../policy/health/policy.ts'
import type { Mailroom } from './mailroom.ts'
import { notifierOf } from './notifier-work.ts'

/**
 * The machines with their slots filled. To make one takes longer than all that an engine of one turn does with it, so
 * each is made once for a process; which engine an actor works for is known by the actor.
 */
const machines = new WeakMap<Policy, IntegrationMachine>()
const mailrooms = new WeakMap<object, Mailroom>()

/** The health chart of a policy. Whoever wakes an actor of it says by `serve` whose notices it sends. */
export function integrationOf(policy: Policy): IntegrationMachine {
  const known = machines.get(policy)
  if (known !== undefined) return known
  const made = createIntegration(policy).provide({ actors: { notifier } })
  machines.set(policy, made)
  return made
}

const notifier = notifierOf((system) => mailrooms.get(system) as Mailroom)

export function serve({ system }: IntegrationActor, mailroom: Mailroom): void {
  mailrooms.set(system, mailroom)
}

/** What an engine does for its webhook actor. */
export interface WebhookWork {
  startAttempts(lanes: Lanes): void
  reportOutcomes(ended: readonly EndedAttempt[]): void
}

const works = new WeakMap<AnyActorRef, WebhookWork>()
const filledWebhook = webhook.provide({
  actions: {
    startAttempts: ({ context, self }) => works.get(self)?.startAttempts(context.lanes),
    reportOutcomes: ({ event, self }) => {
      if (event.type === 'attempts.ended') works.get(self)?.reportOutcomes(event.ended)
    },
  },
})

/** The webhook actor of one engine, not yet started. */
export function webhookActor(input: LaneBounds, work: WebhookWork) {
  const actor = createActor(filledWebhook, { input })
  works.set(actor, work)
  return actor
}
