import { type Child, h, useEffect, useRef, useState } from './view.ts'
import { act, type Refused } from './api.ts'
import { ago, exact } from './format.ts'
import { faultOf } from './live.ts'
import type { Rate } from './wire.ts'

const shapes: Readonly<Record<string, string>> = {
  healthy: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z',
  degraded: 'M8 2l6.5 12h-13z',
  broken: 'M8 1l7 7-7 7-7-7z',
  disabled: 'M2 2h12v12H2z',
  paused: 'M3 2h4v12H3zM9 2h4v12H9z',
  quarantined: 'M5 2L2 5l3 3-3 3 3 3 3-3 3 3 3-3-3-3 3-3-3-3-3 3z',
}

/** A state by shape, colour and word. */
export function State({ state, detail }: { state: string; detail?: string | undefined }) {
  return (
    <span class={`state ${state}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={shapes[state] ?? shapes.healthy ?? ''} />
      </svg>
      {state}
      {detail && <small> {detail}</small>}
    </span>
  )
}

/** A moment as a distance; the moment itself on hover and for readers. */
export function Time({ at }: { at: number }) {
  const iso = new Date(at).toISOString()
  return (
    <time dateTime={iso} title={`${exact(at)} (${iso})`}>
      {ago(at)}
    </time>
  )
}

export function RateBar({ rate }: { rate: Rate | null }) {
  if (rate === null) return <span class="faint">no attempt</span>
  const all = rate.ok + rate.failed
  const share = Math.round((100 * rate.failed) / all)
  return (
    <span class="rate" title={`${rate.failed} of ${all} attempts of the last 24 hours failed`}>
      <meter min={0} max={100} value={share} aria-label={`${share} percent failed`} />
      <span>{share} %</span>
    </span>
  )
}

export function Fault({ fault }: { fault: Refused | undefined }) {
  if (fault === undefined) return null
  return (
    <p class="fault" role="alert">
      <b>{fault.code}</b> {fault.message}. <span>Next: {fault.nextStep}.</span>
    </p>
  )
}

export function Card(props: { title: string; id?: string; side?: Child; children: Child }) {
  return (
    <section class="card" aria-label={props.title}>
      <header>
        <h2>{props.title}</h2>
        {props.side}
      </header>
      {props.children}
    </section>
  )
}

export function Facts({ facts }: { facts: readonly (readonly [string, Child])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Scrolls sideways where it does not fit; its head says what each column is. */
export function Table(props: { label: string; head: readonly string[]; empty: string; children: readonly Child[] }) {
  if (props.children.length === 0) return <p class="empty">{props.empty}</p>
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={props.label}>
      <table>
        <thead>
          <tr>
            {props.head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  )
}

export interface Asked {
  readonly action: string
  readonly slug: string
  readonly title: string
  readonly text: string
  readonly body?: object
  /** Enabling may go without its probe. */
  readonly mayForce?: boolean
  /** Before it is asked for, and when it is refused. */
  readonly onStart?: () => void
  readonly onFault?: () => void
  readonly onDone: (answer: unknown) => void
}

/** Asks first, takes a reason, and says what the server answered. */
export function Ask({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement | null>(null)
  const [reason, setReason] = useState('')
  const [isForced, setForced] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState<Refused>()
  useEffect(() => dialog.current?.showModal(), [])
  const submit = (event: Event) => {
    event.preventDefault()
    setBusy(true)
    asked.onStart?.()
    act({ action: asked.action, slug: asked.slug, reason, ...asked.body, ...(isForced && { force: true }) }).then(
      (answer) => {
        asked.onDone(answer)
        onClose()
      },
      (error: unknown) => {
        asked.onFault?.()
        setFault(faultOf(error))
        setBusy(false)
      },
    )
  }
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="ask-title">
      <form onSubmit={submit}>
        <h2 id="ask-title">{asked.title}</h2>
        <p>{asked.text}</p>
        <label>
          Reason, for the audit
          <input value={reason} maxLength={200} required onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        {asked.mayForce && (
          <label class="check">
            <input type="checkbox" checked={isForced} onChange={(event) => setForced(event.currentTarget.checked)} />
            without a probe first
          </label>
        )}
        <Fault fault={fault} />
        <footer>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy || reason.trim() === ''}>
            {isBusy ? 'Working' : asked.title}
          </button>
        </footer>
      </form>
    </dialog>
  )
}
