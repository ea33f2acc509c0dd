import { useEffect, useRef, useState } from './view.ts'
import { addressOf, get, Refused, type Params } from './api.ts'
import type { ChartStep, Told } from './wire.ts'

/** Whether what is shown is up to date. */
export type Link = 'connecting' | 'live' | 'lost'

/** Everything a page may hear while it is open. */
export interface Heard {
  readonly told?: (told: Told) => void
  readonly chart?: (step: ChartStep) => void
  readonly pulse?: (pulse: { delivered: number; failed: number }) => void
  /** Something may have been missed: look anew. */
  readonly hello?: () => void
}

const againMs = 3_000

let setLink: (link: Link) => void = () => undefined

/** The state of the stream, for the one place that shows it. */
export function useLink(): Link {
  const [link, set] = useState<Link>('connecting')
  setLink = set
  return link
}

/** Listens to the server while the page is open; the browser comes back by itself, and tells where it was. */
export function useLive(slug: string | undefined, heard: Heard): void {
  const now = useRef(heard)
  now.current = heard
  useEffect(() => {
    let source: EventSource
    let timer: number | undefined
    const open = (isAgain: boolean) => {
      source = new EventSource(addressOf('stream', { slug }))
      const on = (name: string, call: (data: never) => void) =>
        source.addEventListener(name, (event) => call(JSON.parse((event as MessageEvent<string>).data) as never))
      source.onopen = () => setLink('live')
      source.onerror = () => {
        setLink('lost')
        // Told anything but 200, a browser gives up: a proxy says 502 while the host starts again.
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(() => open(true), againMs)
      }
      on('told', (told: Told) => now.current.told?.(told))
      on('chart', (step: ChartStep) => now.current.chart?.(step))
      on('pulse', (pulse: { delivered: number; failed: number }) => now.current.pulse?.(pulse))
      on('hello', ({ isNew }: { isNew: boolean }) => (isNew && !isAgain) || now.current.hello?.())
    }
    open(false)
    return () => {
      clearTimeout(timer)
      source.close()
    }
  }, [slug])
}

export interface Loaded<T> {
  readonly value: T | undefined
  readonly fault: Refused | undefined
  /** Asks again, at once or soon; several wishes are one. */
  readonly reload: (soon?: boolean) => void
}

/** A part of the page, asked for whenever its parameters change; what was there stays until the next is. */
export function useLoaded<T>(part: string, params: Params): Loaded<T> {
  const [state, set] = useState<{ value?: T; fault?: Refused }>({})
  const [turn, setTurn] = useState(0)
  const timer = useRef<number | undefined>(undefined)
  const tookMs = useRef(0)
  const key = addressOf(part, params)
  useEffect(() => {
    const gone = new AbortController()
    const beganAt = performance.now()
    get<T>(part, params, gone.signal).then(
      (value) => {
        tookMs.current = performance.now() - beganAt
        set({ value })
      },
      (error: unknown) => gone.signal.aborted || set((old) => ({ ...old, fault: faultOf(error) })),
    )
    return () => gone.abort()
  }, [key, turn])
  const reload = (soon = false) => {
    if (timer.current !== undefined && soon) return
    clearTimeout(timer.current)
    timer.current = setTimeout(
      () => {
        timer.current = undefined
        setTurn((n) => n + 1)
      },
      // A server that takes long is asked less often.
      soon ? Math.max(300, 4 * tookMs.current) : 0,
    )
  }
  return { value: state.value, fault: state.fault, reload }
}

export function faultOf(error: unknown): Refused {
  if (error instanceof Refused) return error
  return new Refused({
    code: 'OFFLINE',
    fact: 'the server cannot be reached',
    nextStep: 'wait, or load the page again',
  })
}

/** Looks again every so often while the page can be seen. */
export function useEvery(ms: number, call: () => void): void {
  const now = useRef(call)
  now.current = call
  useEffect(() => {
    const timer = setInterval(() => document.hidden || now.current(), ms)
    return () => clearInterval(timer)
  }, [ms])
}
