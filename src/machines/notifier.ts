import { fromPromise, setup } from 'xstate'
import type { IntegrationId } from '../domain/integration.ts'

/** The notifier carries an id and nothing else: notice and letter rows are the only truth. */
export interface NotifierInput {
  readonly integrationId: IntegrationId
}

/**
 * Tells the owners of one integration, then ends: expands each pending notice into letters, sends those that are due.
 * Later tries spawn it again. The engine fills both steps; unfilled they fail, and a failed step ends the notifier.
 */
export const notifier = setup({
  types: { context: {} as NotifierInput, input: {} as NotifierInput },
  actors: {
    expandNotices: fromPromise<void, NotifierInput>(() => Promise.reject(new Error('expandNotices is not provided'))),
    sendLetters: fromPromise<void, NotifierInput>(() => Promise.reject(new Error('sendLetters is not provided'))),
  },
}).createMachine({
  id: 'notifier-v1',
  context: ({ input }) => ({ integrationId: input.integrationId }),
  initial: 'expanding',
  states: {
    expanding: {
      invoke: {
        id: 'expandNotices',
        src: 'expandNotices',
        input: ({ context }) => context,
        onDone: 'sending',
        onError: 'ended',
      },
    },
    sending: {
      invoke: {
        id: 'sendLetters',
        src: 'sendLetters',
        input: ({ context }) => context,
        onDone: 'ended',
        onError: 'ended',
      },
    },
    ended: { type: 'final' },
  },
})
