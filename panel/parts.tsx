import { type Child, h, useEffect, useRef } from './view.ts'
import type { Refused } from './api.ts'
import { ago, count, exact } from './format.ts'
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
      <Bar share={share} label={`${share} percent failed`} />
      <span>{share} %</span>
    </span>
  )
}

/** So much of a hundred. */
export function Bar({ share, label }: { share: number; label: string }) {
  return (
    <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label={label}>
      <rect width={share} height={1} />
    </svg>
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

/** A page: the tab is named after it, and whoever came by a link is put at its beginning. */
export function Page({ title, children }: { title: string; children: Child }) {
  const main = useRef<HTMLElement | null>(null)
  useEffect(() => void (document.title = `${title} · hookward`), [title])
  useEffect(() => {
    if (moved.isTrue) main.current?.focus()
  }, [])
  return (
    <main tabIndex={-1} ref={main}>
      {children}
    </main>
  )
}

/** Whether somebody has gone from page to page. */
export const moved = { isTrue: false }

export interface Row {
  readonly key: string | number
  /** A number is set to the right; nothing is a dash. */
  readonly cells: readonly Child[]
}

/** Rows under a head; on a phone each row is a card, with the names of its columns. */
export function Table(props: {
  label: string
  head: readonly string[]
  empty: string
  rows: readonly Row[]
  /** One that is the page itself, and never wider. */
  class?: string
}) {
  const { label, head, empty, rows } = props
  if (rows.length === 0) return <p class="empty">{empty}</p>
  const isNumber = head.map((_, i) => rows.some(({ cells }) => typeof cells[i] === 'number'))
  const table = (
    <table class={props.class} aria-label={label}>
      <thead>
        <tr>
          {head.map((name, i) => (
            <th key={name} scope="col" class={isNumber[i] ? 'number' : undefined}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells }) => (
          <tr key={key}>
            {cells.map((cell, i) => (
              <td key={head[i]} data-label={head[i]} class={isNumber[i] ? 'number' : undefined}>
                {typeof cell === 'number' ? count(cell) : cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
  if (props.class) return table
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      {table}
    </div>
  )
}
