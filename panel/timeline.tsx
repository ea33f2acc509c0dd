import { Fragment, h, useEffect, useRef } from './view.ts'
import type { Explanation, Transition } from '../src/domain/health.ts'
import { brief, count, exact, now, span, tick } from './format.ts'
import type { Hour } from './wire.ts'

const [width, barsPx, bandPx, axisPx] = [960, 110, 14, 22]
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const height = barsPx + bandPx + axisPx + 8

interface Deadline {
  readonly at: number
  readonly text: string
}

/** Successes and failures of each hour, the states beneath them, and what is to come. */
export function Timeline(props: {
  hours: readonly Hour[]
  transitions: readonly Transition[]
  explanation: Explanation
  createdAt: number
}) {
  const { hours, transitions, explanation, createdAt } = props
  const place = useRef<HTMLElement | null>(null)
  // Where it is narrow, the present is what is seen of it.
  useEffect(() => {
    place.current?.scrollTo(place.current.scrollWidth, 0)
  }, [])
  const end = now()
  const first = Math.min(hours.at(0)?.at ?? end, transitions.at(-1)?.at ?? end)
  const from = Math.max(end - 168 * hourMs, Math.min(end - 12 * hourMs, first, createdAt < first ? first : createdAt))
  const ahead = (end - from) * 0.18
  const x = (at: number) => ((Math.min(at, end + ahead) - from) / (end + ahead - from)) * width
  const most = Math.max(1, ...hours.map(({ ok, failed }) => ok + failed))
  const y = (n: number) => (n / most) * (barsPx - 12)
  const shown = hours.filter((hour) => hour.at + hourMs > from)
  const deadlines = deadlinesOf(explanation)
  const total = shown.reduce((all, { ok, failed }) => ({ ok: all.ok + ok, failed: all.failed + failed }), {
    ok: 0,
    failed: 0,
  })
  return (
    <>
      <div class="scroll" ref={place} tabIndex={0} role="region" aria-label="Timeline">
        <svg
          class="timeline"
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`Since ${brief(from)}: ${total.ok} attempts arrived and ${total.failed} failed. It is ${explanation.state}.`}
        >
          {shown.map((hour) => {
            const left = Math.max(0, x(hour.at))
            const wide = Math.max(2, x(Math.min(hour.at + hourMs, end)) - left - 1)
            return (
              <g key={hour.at}>
                <title>{`${brief(hour.at)}: ${hour.ok} arrived, ${hour.failed} failed`}</title>
                <rect class="ok" x={left} width={wide} y={barsPx - y(hour.ok)} height={y(hour.ok)} />
                <rect
                  class="failed"
                  x={left}
                  width={wide}
                  y={barsPx - y(hour.ok + hour.failed)}
                  height={y(hour.failed)}
                />
              </g>
            )
          })}
          {bandsOf(transitions, explanation, from, end).map((band) => (
            <g key={band.from}>
              <title>{`${band.state} from ${exact(band.from)}`}</title>
              <rect
                class={`band ${band.state}`}
                x={x(band.from)}
                width={Math.max(2, x(band.to) - x(band.from) - 1)}
                y={barsPx + 4}
                height={bandPx}
              />
              {x(band.to) - x(band.from) > 64 && (
                <text class="in" x={x(band.from) + 6} y={barsPx + 15}>
                  {band.state}
                </text>
              )}
            </g>
          ))}
          <line class="now" x1={x(end)} x2={x(end)} y1={0} y2={barsPx + bandPx + 8} />
          <text x={x(end)} y={height - 4} text-anchor="middle">
            now
          </text>
          <text x={0} y={10}>
            up to {count(most)} an hour
          </text>
          <text x={0} y={height - 4}>
            {brief(from)}
          </text>
          {ticksOf(from, end)
            .filter((at) => x(at) > 110 && x(at) < x(end) - 50)
            .map((at) => (
              <g key={at}>
                <line x1={x(at)} x2={x(at)} y1={barsPx + bandPx + 4} y2={barsPx + bandPx + 10} />
                <text x={x(at)} y={height - 4} text-anchor="middle">
                  {tick(at, end - from)}
                </text>
              </g>
            ))}
          {deadlines.map(({ at, text }, i) => (
            <g key={text} class="ahead">
              <title>{`${text} at ${exact(at)}`}</title>
              <line x1={x(at)} x2={x(at)} y1={14 + 16 * i} y2={barsPx + bandPx + 4} />
              <Label x={x(at)} y={12 + 16 * i} text={`${text} in ${span(at - end)}`} />
            </g>
          ))}
        </svg>
      </div>
      <p class="legend faint">
        <i class="ok" /> arrived <i class="failed" /> failed, every attempt of the hour.
      </p>
    </>
  )
}

/** To the right of its line where there is room for it. */
function Label({ x, y, text }: { x: number; y: number; text: string }) {
  const hasRoom = x + 6 * text.length < width
  return (
    <text x={hasRoom ? x + 4 : x - 4} y={y} text-anchor={hasRoom ? 'start' : 'end'}>
      {text}
    </text>
  )
}

/** Midnights, or every six hours of a shorter span, by the reader's own clock. */
function ticksOf(from: number, end: number): readonly number[] {
  const ticks: number[] = []
  const at = new Date(from)
  at.setHours(0, 0, 0, 0)
  for (; at.getTime() < end; at.setHours(at.getHours() + (end - from > dayMs * 2 ? 24 : 6)))
    if (at.getTime() > from) ticks.push(at.getTime())
  return ticks
}

function deadlinesOf({ next, probeAt }: Explanation): readonly Deadline[] {
  const all = [
    ...(probeAt === undefined ? [] : [{ at: probeAt, text: 'probe' }]),
    ...(next === undefined ? [] : [{ at: next.at, text: `becomes ${next.to}` }]),
  ]
  return all.filter(({ at }) => at > now())
}

function bandsOf(transitions: readonly Transition[], { state }: Explanation, from: number, end: number) {
  const bands: { state: string; from: number; to: number }[] = []
  let to = end
  let current: string = state
  for (const step of transitions) {
    const entered = outer(step.to)
    if (entered === outer(step.from)) continue
    bands.push({ state: current, from: Math.max(step.at, from), to })
    to = Math.max(step.at, from)
    current = outer(step.from)
    if (step.at <= from) break
  }
  if (to > from) bands.push({ state: current, from, to })
  return bands.filter((band) => band.to > band.from)
}

function outer(path: string): string {
  return path.split('.')[0] ?? path
}
