import { assign, fromPromise, setup } from 'xstate'
import type { IntegrationId } from '../domain/integration.ts'

/** The notifier carries an id and nothing else: notice and letter rows are the only truth. */
export interface NotifierInput {
  readonly integrationId: IntegrationId
}

/**
 * Tells the owners of one integration, then ends: expands each pending notice into letters, sends those that are due.
 * Told meanwhile that there is more, it looks once more before it ends. Later tries spawn it again.
 * The engine fills both steps; unfilled they fail, and a failed step ends the notifier.
 */
export const notifier = setup({
  types: {
    context: {} as NotifierInput & { readonly again: boolean },
    input: {} as NotifierInput,
    events: {} as { readonly type: 'notices.pending' },
  },
  actors: {
    expandNotices: fromPromise(({ input }: Run): Promise<void> => unfilled('expandNotices', input)),
    sendLetters: fromPromise(({ input }: Run): Promise<void> => unfilled('sendLetters', input)),
  },
  guards: {
    isAskedAgain: ({ context }) => context.again,
  },
  actions: {
    begin: assign({ again: false }),
    askAgain: assign({ again: true }),
  },
}).createMachine({
  id: 'notifier-v1',
  context: ({ input }) => ({ integrationId: input.integrationId, again: false }),
  initial: 'expanding',
  on: { 'notices.pending': { actions: 'askAgain' } },
  states: {
    expanding: {
      entry: 'begin',
      invoke: {
        id: 'expandNotices',
        src: 'expandNotices',
        input: ({ context: { integrationId } }) => ({ integrationId }),
        onDone: 'sending',
        onError: 'finishing',
      },
    },
    sending: {
      invoke: {
        id: 'sendLetters',
        src: 'sendLetters',
        input: ({ context: { integrationId } }) => ({ integrationId }),
        onDone: 'finishing',
        onError: 'finishing',
      },
    },
    finishing: { always: [{ guard: 'isAskedAgain', target: 'expanding' }, { target: 'ended' }] },
    ended: { type: 'final' },
  },
})

interface Run {
  readonly input: NotifierInput
}

function unfilled(step: string, { integrationId }: NotifierInput): Promise<void> {
  return Promise.reject(new Error(`${step} is not provided: nobody is told of ${integrationId}`))
}
