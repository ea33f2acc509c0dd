import { fromPromise } from 'xstate'
import { notifier, type NotifierInput } from '../machines/index.ts'
import type { Mailroom } from './mailroom.ts'

/** The notifier machine with its slots filled: the mailroom, which is made beside it and so is asked for late, does the work. */
export function notifierOf(mailroom: () => Mailroom) {
  return notifier.provide({
    actors: {
      expandNotices: fromPromise<void, NotifierInput>(async ({ input, signal }) => {
        await mailroom().expand(input.integrationId)
        // Stopped in between: whoever is next sends what was written.
        if (signal.aborted) mailroom().arm(input.integrationId)
      }),
      sendLetters: fromPromise<void, NotifierInput>(({ input }) => mailroom().send(input.integrationId)),
    },
  })
}
