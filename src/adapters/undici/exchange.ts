import type { Agent, Dispatcher } from 'undici'
import { HookwardError } from '../../domain/errors.ts'
import type { Outcome, Phase } from '../../domain/outcome.ts'
import type { Writable } from '../../domain/writable.ts'
import { kindOfFailure } from '../../policy/outcome.ts'
import type { AttemptRequest } from '../../ports.ts'
import { answered, chosen, codeOf, cutAt, failed, readable, type Received } from './answer.ts'
import type { Connector } from './connector.ts'
import type { Dial } from './dial.ts'
import { abandoned } from './failure.ts'
import { bytesInMax, informationalMax, lateMsMax, stalledMsMin } from './limits.ts'
import { linesOf, type Link, type LinkedOptions } from './link.ts'
import type { LoopWatch } from './loop.ts'
import type { Place } from './places.ts'
import { Stopwatch } from './stopwatch.ts'

/** What every exchange of a transport shares. */
export interface Ways {
  readonly connector: Connector
  readonly charsMax: number
  readonly loop: LoopWatch
  /** Keeps connections for the next attempt. */
  readonly kept: Agent
  /** Makes a connection for each request. */
  readonly fresh: Agent
}

/** One attempt on its way: undici calls it as things happen. It never throws, undici could not bear it. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly outcome: Promise<Outcome>
  readonly #request: AttemptRequest
  readonly #place: Place
  readonly #ways: Ways
  readonly #onEnd: (ended: Exchange) => void
  readonly #watch = new Stopwatch()
  readonly #stalledMsBefore: number
  readonly #deadline: NodeJS.Timeout
  #settle: ((outcome: Outcome | Promise<never>) => void) | undefined
  #controller: Dispatcher.DispatchController | undefined
  /** None: it waits until a connection is free. */
  #link: Link | undefined
  /** The connection it runs on, once it does, and what had come over it before. */
  #dial: Dial | undefined
  #bytesBefore = 0
  #resent = false
  #answered = false
  #informational = 0
  #status = 0
  #headers: Readonly<Record<string, string>> = {}
  readonly #kept: Buffer[] = []
  #bodyBytes = 0

  constructor(request: AttemptRequest, place: Place, ways: Ways, onEnd: (ended: Exchange) => void) {
    this.#request = request
    this.#place = place
    this.#ways = ways
    this.#onEnd = onEnd
    this.#stalledMsBefore = ways.loop.stalledMs
    this.outcome = new Promise((resolve) => (this.#settle = resolve))
    this.#deadline = setTimeout(() => setImmediate(() => this.#expire()), request.deadlineMs)
    this.#dispatch(ways.kept)
  }

  get isOver(): boolean {
    return this.#settle === undefined
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It waited for a connection for longer than it had: nothing of it goes onto the wire.
    if (this.#settle === undefined) return controller.abort(abandoned)
    this.#controller = controller
    this.#dial = this.#link?.dial
    if (this.#dial !== undefined) {
      this.#dial.first ??= this
      this.#dial.current = this
    }
    this.#bytesBefore = this.#dial?.socket?.bytesRead ?? 0
    this.#watch.mark('started')
  }

  onRequestSent(): void {
    this.#watch.mark('sent')
  }

  /** The first byte of any head, informational ones too. */
  onResponseStarted(): void {
    this.#answered = true
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Received): void {
    if (status >= 200) {
      this.#status = status
      this.#headers = chosen(headers)
      this.#watch.mark('headed')
    } else if ((this.#informational += 1) > informationalMax) this.end('TOO_MANY_INFORMATIONAL')
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = this.#bytesMax - this.#bodyBytes
    // A copy: the chunk is a window onto a read of up to 64 KiB, which must not live as long as the attempt.
    if (room > 0) this.#kept.push(Buffer.from(chunk.subarray(0, room)))
    this.#bodyBytes += chunk.length
    if (this.#bodyBytes > this.#bytesMax) this.end('BODY_TOO_LARGE')
  }

  onResponseEnd(): void {
    this.end()
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#settle === undefined) return
    const code = codeOf(error)
    if (ownDefects.has(code)) return this.#reject(error)
    if (!this.#isStale(code)) return this.end(code, blocking.has(code) ? `refused: ${error.message}` : '')
    this.#resent = true
    this.#controller = undefined
    this.#link = undefined
    this.#dispatch(this.#ways.fresh)
  }

  /** Ends it when more has come than any answer needs, wherever in an answer that is. */
  weigh(): void {
    if (this.#bytesIn > bytesInMax) this.end('ANSWER_TOO_LARGE')
  }

  /** Settles once; what happens afterwards changes nothing. @param code why it broke off; none: it is complete */
  end(code?: string, text = ''): void {
    const settle = this.#settle
    if (settle === undefined) return
    this.#over()
    settle(this.#outcome(code, text))
    if (this.#dial?.current === this) this.#dial.current = undefined
    if (code === undefined) return
    if (this.#controller !== undefined) this.#controller.abort(abandoned)
    // A connection still being made carries one request at first, and that is this one.
    else this.#link?.dial?.fail(abandoned)
  }

  /** Runs one turn of the event loop after the deadline: an answer that had come by then has been read. */
  #expire(): void {
    const { deadlineMs } = this.#request
    const { connector } = this.#ways
    const waitedMs = this.#watch.waitedMs + (this.#ownDial?.waitedMs() ?? 0)
    if (this.#watch.elapsedMs > deadlineMs + lateMsMax) this.end('EVENT_LOOP_LATE')
    else if (waitedMs > deadlineMs / 2) this.end('NO_CONNECTION_FREE')
    else if (this.#phase() === 'dns' && connector.isNameServerSilentSince(this.#watch.startedAt))
      this.end('NAME_SERVER_UNREACHABLE')
    else this.end('DEADLINE')
  }

  /** No receiver is too slow while this process stands still. */
  #justly(code: string): string {
    const stalledMs = this.#ways.loop.stalledMs - this.#stalledMsBefore
    const isOurs = stalledMs > Math.max(stalledMsMin, this.#watch.elapsedMs / 2)
    return isOurs && kindOfFailure(code) === 'timeout' ? 'EVENT_LOOP_LATE' : code
  }

  get #bytesMax(): number {
    // No character of text takes more than three bytes; the rest keeps the last one whole.
    return this.#ways.charsMax * 3 + 3
  }

  get #bytesIn(): number {
    return (this.#dial?.socket?.bytesRead ?? 0) - this.#bytesBefore
  }

  /** The connection made for this request, or being made for it; none: it runs on a kept one, or waits for one. */
  get #ownDial(): Dial | undefined {
    const dial = this.#dial ?? this.#link?.dial
    return dial?.first === undefined || dial.first === this ? dial : undefined
  }

  #dispatch(agent: Agent): void {
    const { headers, body, deadlineMs } = this.#request
    const { origin, path } = this.#place
    // Undici's own timeouts stand behind ours and restart with every byte: they only ever come second.
    const backstopMs = deadlineMs + 1_000
    const options: LinkedOptions = {
      origin,
      path,
      method: 'POST',
      headers: linesOf(headers),
      body,
      headersTimeout: backstopMs,
      bodyTimeout: backstopMs,
      onLink: (link) => {
        this.#link = link
        this.#watch.mark('linked')
      },
    }
    agent.dispatch(options, this)
  }

  /**
   * The receiver closed a kept connection just as we used it, or were about to: nobody's fault, and nothing was
   * answered (rule 9).
   */
  #isStale(code: string): boolean {
    return this.#ownDial === undefined && !this.#answered && !this.#resent && kindOfFailure(code) === 'unreachable'
  }

  #outcome(code: string | undefined, text: string): Outcome {
    const isAnswered = this.#status !== 0
    const own = this.#ownDial
    const address = this.#dial?.address ?? own?.address
    const body = isAnswered ? readable(this.#kept) : text
    const cut = cutAt(body, this.#ways.charsMax)
    const verdict = isAnswered ? answered(this.#status, this.#headers) : failed(this.#justly(code ?? 'SOCKET_CLOSED'))
    const outcome: Writable<Outcome> = {
      kind: verdict.kind,
      status: verdict.status,
      code: verdict.code,
      phase: this.#phase(),
      durationMs: Math.round(this.#watch.elapsedMs),
      phasesMs: this.#watch.phases(own?.msIn()),
      reused: this.#dial !== undefined && own === undefined,
      bytesIn: this.#bytesIn,
      body: cut,
      bodyBytes: this.#bodyBytes,
      truncated: isAnswered && (code !== undefined || cut.length < body.length),
      headers: this.#headers,
    }
    if (verdict.asks !== undefined) outcome.asks = verdict.asks
    if (address !== undefined) outcome.address = address
    return outcome
  }

  #over(): void {
    this.#settle = undefined
    clearTimeout(this.#deadline)
    this.#onEnd(this)
  }

  #phase(): Phase {
    if (this.#status !== 0) return 'body'
    if (this.#controller === undefined) return this.#ownDial?.phase ?? 'connect'
    const unsent = this.#dial?.socket?.writableLength ?? 0
    return unsent > 0 && !this.#answered ? 'send' : 'head'
  }

  #reject(error: Error): void {
    // Undici's words name the header or the option, never its value.
    const defect = new HookwardError('BROKEN_INVARIANT', `the request cannot be written: ${error.message}`)
    this.#settle?.(Promise.reject(defect))
    this.#over()
  }
}

const ownDefects: ReadonlySet<string> = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED'])
const blocking: ReadonlySet<string> = new Set(['ADDRESS_REFUSED', 'PROXY_REFUSED'])
