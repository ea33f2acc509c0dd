import { h } from './view.ts'
import type { Explanation } from '../src/domain/health.ts'
import type { ProbeAnswer } from '../src/domain/probe.ts'
import type { Asked } from './ask.tsx'
import { words } from './format.ts'
import type { Session } from './wire.ts'

type Offer = Omit<Asked, 'slug'> & { readonly when: boolean; readonly primary?: boolean }

interface ActionsProps {
  readonly slug: string
  readonly may: Session['may']
  readonly explanation: Explanation
  readonly topics: readonly string[]
  readonly organizations: readonly string[]
  readonly ask: (asked: Asked) => void
  readonly onDone: (text: string) => void
}

/** What may be done with an integration as it stands; the server looks again. */
export function Actions(props: ActionsProps) {
  const { slug, may, ask } = props
  const shown = [...offersOf(props), sendOf(props)].filter(({ action, when }) => when && may[action])
  if (shown.length === 0) return <p class="faint">You may look, and change nothing here.</p>
  return (
    <div class="actions">
      {shown.map(({ when: _, primary, ...one }) => (
        <button key={one.action} class={primary ? 'primary' : ''} onClick={() => ask({ ...one, slug })}>
          {one.title}
        </button>
      ))}
    </div>
  )
}

function offersOf({ explanation: { state }, onDone }: ActionsProps): readonly Offer[] {
  const stands = (answer: unknown) => onDone((answer as Explanation).sentence)
  return [
    {
      action: 'enable',
      title: 'Enable',
      text: 'It is trusted again. Where the policy asks for it, one held delivery is sent first.',
      fields: [
        {
          name: 'replay',
          label: 'What was held',
          kind: 'choice',
          options: { missed: 'is sent now', none: 'stays in the ledger' },
        },
        { name: 'force', label: 'without a probe first', kind: 'check' },
      ],
      when: !['healthy', 'degraded', 'paused'].includes(state),
      primary: true,
      onDone: stands,
    },
    {
      action: 'resume',
      title: 'Resume',
      text: 'It goes on from where the pause began.',
      when: state === 'paused',
      primary: true,
      onDone: stands,
    },
    {
      action: 'probe',
      title: 'Probe',
      text: 'One held delivery is sent now. It spends no attempt.',
      when: true,
      onDone: (answer) => onDone(probed(answer as ProbeAnswer)),
    },
    {
      action: 'pause',
      title: 'Pause',
      text: 'Its deliveries are held until it is resumed. Nobody is told.',
      when: state !== 'paused' && state !== 'quarantined',
      onDone: stands,
    },
    {
      action: 'disable',
      title: 'Disable',
      text: 'It is switched off, its deliveries are held, and its owners are told.',
      when: state !== 'disabled' && state !== 'quarantined',
      onDone: stands,
    },
  ]
}

function sendOf({ topics, organizations, onDone }: ActionsProps): Offer {
  return {
    action: 'send',
    title: 'Send',
    text: 'An event goes to this integration alone, to see whether it works. It counts like any other.',
    fields: [
      { name: 'topic', label: 'Topic, as resource.action', kind: 'text', first: topics[0] ?? 'test.sent' },
      {
        name: 'organization',
        label: 'Organisation',
        kind: 'choice',
        options: Object.fromEntries(organizations.map((name) => [name, name])),
      },
      { name: 'data', label: 'Data, as JSON', kind: 'json', first: '{ "test": true }' },
    ],
    when: organizations.length > 0,
    onDone: (answer) => onDone(`It was accepted as delivery ${(answer as { deliveryId: string }).deliveryId}.`),
  }
}

function probed(answer: ProbeAnswer): string {
  if (answer.kind === 'not-made') return `No probe was made: ${words(answer.because)}.`
  return `The probe ${answer.kind === 'succeeded' ? 'arrived' : 'did not arrive'}: ${answer.outcome.code}.`
}
