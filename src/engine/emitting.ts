import { commentWebhook } from '../flows/comment-webhook.ts'
import type { EventDraft } from '../flows/envelope.ts'
import { workflowNotification } from '../flows/workflow-notification.ts'
import { checkObject } from '../policy/check.ts'
import { parseEmit } from '../policy/parse-event.ts'
import { EventCheck } from './event-check.ts'
import type { Hookward } from './hookward.ts'
import type { EmitOptions } from './emit-options.ts'
import type { EmitResult } from './intake.ts'
import type { Parts } from './options.ts'

/** Takes an event that was checked. */
export type Accept = (draft: EventDraft, options?: EmitOptions) => Promise<EmitResult>

/** The three ways in for events: each is parsed and checked, wherever it goes then. `running` turns refusals into rejections. */
export function emitting<Topics>(
  { enhancedPrivacy, schemas, tracings }: Pick<Parts, 'enhancedPrivacy' | 'schemas'> & Partial<Pick<Parts, 'tracings'>>,
  running: <T>(call: () => Promise<T>) => Promise<T>,
  accept: Accept,
): Pick<Hookward<Topics>, 'emit' | 'notifyWorkflow' | 'notifyComment'> {
  const check = new EventCheck(schemas)
  const take = (draft: EventDraft, options?: EmitOptions) =>
    check.pass(tracings?.traced(draft) ?? draft, (checked) => accept(checked, options))
  return {
    notifyWorkflow: (notification, options) =>
      running(() => {
        const isPrivate = enhancedPrivacy(String(checkObject(notification, inputField).organization))
        return take(workflowNotification(notification, isPrivate), options)
      }),
    notifyComment: (comment, options) => running(() => take(commentWebhook(comment), options)),
    emit: (event, options) => running(() => take(parseEmit(event), options)),
  }
}

const inputField = { code: 'EVENT_INVALID', name: 'the notification' } as const
