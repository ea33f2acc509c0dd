import { Fragment, h, useEffect, useRef, useState } from './view.ts'
import type { Transition } from '../src/domain/health.ts'
import { Time } from './parts.tsx'
import { words } from './format.ts'

interface Drawn {
  readonly svg: Element
  readonly ways: Readonly<Record<string, readonly (readonly [string, string])[]>>
}

let drawing: Promise<Drawn> | undefined

/** Asked for once: it is the machine's, whatever the integration. */
async function draw(): Promise<Drawn> {
  const answer = await fetch(document.documentElement.dataset.chart ?? '')
  const { picture, ways } = (await answer.json()) as { picture: string; ways: Drawn['ways'] }
  return { svg: new DOMParser().parseFromString(picture, 'image/svg+xml').documentElement, ways }
}

/** The machine's chart: where it is, where it came from, and the ways that lead on. */
export function Chart({ state, path }: { state: string; path: readonly Transition[] }) {
  const place = useRef<HTMLDivElement | null>(null)
  const [chart, setChart] = useState<Drawn>()
  useEffect(() => {
    drawing ??= draw()
    drawing.then(
      ({ svg, ways }) => {
        const own = document.importNode(svg, true)
        place.current?.replaceChildren(own)
        setChart({ svg: own, ways })
      },
      () => (drawing = undefined),
    )
  }, [])
  useEffect(() => {
    if (chart === undefined) return
    const drawn = chart.svg
    const last = path.at(0)
    drawn.setAttribute('aria-label', `The health chart. It is ${state} now.`)
    for (const box of drawn.querySelectorAll('[data-state]')) {
      const name = box.getAttribute('data-state') ?? ''
      const isHere = state === name || state.startsWith(`${name}.`)
      box.classList.toggle('now', isHere)
      box.classList.toggle(
        'been',
        path.some(({ from }) => from === name),
      )
      if (state === name) box.setAttribute('aria-current', 'true')
      else box.removeAttribute('aria-current')
    }
    // Where it is narrow, the present is what is seen of it.
    const [here, frame] = [
      drawn.querySelector('.leaf.now')?.getBoundingClientRect(),
      place.current?.getBoundingClientRect(),
    ]
    if (here && frame) place.current?.scrollBy(here.x - frame.x - (frame.width - here.width) / 2, 0)
    for (const line of drawn.querySelectorAll('[data-from]')) {
      const has = (name: 'data-from' | 'data-to', one: string) =>
        (line.getAttribute(name) ?? '').split(' ').some((path) => one === path || one.startsWith(`${path}.`))
      line.classList.toggle('open', has('data-from', state))
      line.classList.toggle('taken', last !== undefined && has('data-from', last.from) && has('data-to', last.to))
    }
  }, [chart, state, path])
  return (
    <>
      <div class="scroll chart" ref={place} tabIndex={0} role="region" aria-label="Chart" />
      <div class="columns">
        <div>
          <h3>The path taken</h3>
          <ol class="path">
            {shortened(path)
              .slice(0, 8)
              .map(({ step, times }) => (
                <li key={`${step.at} ${step.from} ${step.to}`}>
                  <Time at={step.at} /> {step.from} → <b>{step.to}</b> <span class="faint">{step.signal}</span>
                  {times > 1 && `, ${times} times`}
                </li>
              ))}
          </ol>
          {path.length === 0 && <p class="empty">It has always been where it is.</p>}
        </div>
        <div>
          <h3>What leads on from {state}</h3>
          <ul class="path">
            {(chart?.ways[state] ?? []).map(([event, to]) => (
              <li key={`${event} ${to}`}>
                <code>{event}</code> → <b>{words(to).replace(' ', '.')}</b>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </>
  )
}

/** Steps within one state that come again and again are one, so that how it came there is seen. */
function shortened(path: readonly Transition[]) {
  const steps: { step: Transition; times: number }[] = []
  let first = 0
  for (const step of path) {
    const same = steps.slice(first).find((one) => one.step.from === step.from && one.step.to === step.to)
    if (same === undefined) steps.push({ step, times: 1 })
    else same.times += 1
    if (step.from.split('.')[0] !== step.to.split('.')[0]) first = steps.length
  }
  return steps
}
