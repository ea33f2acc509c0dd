import { fromPromise } from 'xstate'
import { notifier, type NotifierInput } from '../machines/index.ts'
import type { Mailroom } from './mailroom.ts'

/** The notifier machine with its slots filled: the mailroom of the engine whose system of actors it runs in does the work. */
export function notifierOf(mailroomOf: (system: object) => Mailroom) {
  return notifier.provide({
    actors: {
      expandNotices: fromPromise<void, NotifierInput>(async ({ input, signal, system }) => {
        const mailroom = mailroomOf(system)
        await mailroom.expand(input.integrationId)
        // Stopped in between: whoever is next sends what was written.
        if (signal.aborted) mailroom.arm(input.integrationId)
      }),
      sendLetters: fromPromise<void, NotifierInput>(({ input, system }) =>
        mailroomOf(system).send(input.integrationId),
      ),
    },
  })
}
