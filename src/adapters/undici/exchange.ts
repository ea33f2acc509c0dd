import type { Agent, Dispatcher } from 'undici'
import { HookwardError } from '../../domain/errors.ts'
import type { Outcome, Phase } from '../../domain/outcome.ts'
import { kindOfFailure } from '../../policy/outcome.ts'
import type { AttemptRequest } from '../../ports.ts'
import { answered, chosen, codeOf, cutAt, failed, readable, type Received } from './answer.ts'
import type { Connector, Dial } from './connector.ts'

/** What every exchange of a transport shares. */
export interface Ways {
  readonly connector: Connector
  readonly charsMax: number
  /** Keeps connections for the next attempt. */
  readonly kept: Agent
  /** Makes a connection for each request. */
  readonly fresh: Agent
}

/** One attempt on its way: undici calls it as things happen. It never throws, undici could not bear it. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly outcome: Promise<Outcome>
  readonly #request: AttemptRequest
  readonly #ways: Ways
  readonly #startedAt = performance.now()
  readonly #deadline: NodeJS.Timeout
  #settle: ((outcome: Outcome | Promise<never>) => void) | undefined
  #controller: Dispatcher.DispatchController | undefined
  /** The connection made for this request; none: it runs on a kept one, or waits for one. */
  #dial: Dial | undefined
  /** How long it waited until a connection was kept or made for it; none: it waits still. */
  #waitedMs: number | undefined
  #resent = false
  #answered = false
  #informational = 0
  #status = 0
  #headers: Readonly<Record<string, string>> = {}
  readonly #kept: Buffer[] = []
  #bodyBytes = 0

  constructor(request: AttemptRequest, ways: Ways) {
    this.#request = request
    this.#ways = ways
    this.outcome = new Promise((resolve) => (this.#settle = resolve))
    this.#deadline = setTimeout(() => setImmediate(() => this.#expire()), request.deadlineMs)
    this.#dispatch(ways.kept)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It waited for a connection for longer than it had: nothing of it goes onto the wire.
    if (this.#settle === undefined) return controller.abort(abandoned)
    this.#controller = controller
    this.#dial = this.#ways.connector.handed
    this.#waitedMs ??= this.#elapsedMs
  }

  /** The first byte of any head, informational ones too. */
  onResponseStarted(): void {
    this.#answered = true
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Received): void {
    if (status >= 200) {
      this.#status = status
      this.#headers = chosen(headers)
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
    if (!this.#isStale(code)) return this.end(code, code === 'ADDRESS_REFUSED' ? `refused: ${error.message}` : '')
    this.#resent = true
    this.#controller = undefined
    this.#dispatch(this.#ways.fresh)
  }

  /** Settles once; what happens afterwards changes nothing. @param code why it broke off; none: it is complete */
  end(code?: string, text = ''): void {
    const settle = this.#settle
    if (settle === undefined) return
    this.#settle = undefined
    clearTimeout(this.#deadline)
    const body = this.#status === 0 ? text : readable(this.#kept)
    const cut = cutAt(body, this.#ways.charsMax)
    settle({
      ...(this.#status === 0 ? failed(code ?? 'SOCKET_CLOSED') : answered(this.#status, this.#headers)),
      phase: this.#phase(),
      durationMs: Math.round(this.#elapsedMs),
      body: cut,
      bodyBytes: this.#bodyBytes,
      truncated: this.#status !== 0 && (code !== undefined || cut.length < body.length),
      headers: this.#headers,
    })
    if (code === undefined) return
    if (this.#controller !== undefined) this.#controller.abort(abandoned)
    // A connection still being made carries one request at first, and that is this one.
    else this.#dial?.socket?.destroy(abandoned)
  }

  /** Runs one turn of the event loop after the deadline: an answer that had come by then has been read. */
  #expire(): void {
    const { deadlineMs } = this.#request
    if (this.#elapsedMs > deadlineMs + lateMsMax) this.end('EVENT_LOOP_LATE')
    else if ((this.#waitedMs ?? deadlineMs) > deadlineMs / 2) this.end('NO_CONNECTION_FREE')
    else this.end('DEADLINE')
  }

  get #elapsedMs(): number {
    return performance.now() - this.#startedAt
  }

  get #bytesMax(): number {
    // No character of text takes more than three bytes; the rest keeps the last one whole.
    return this.#ways.charsMax * 3 + 3
  }

  #dispatch(agent: Agent): void {
    const { url, headers, body, deadlineMs } = this.#request
    const { origin, pathname, search } = new URL(url)
    // Undici's own timeouts stand behind ours and restart with every byte: they only ever come second.
    const backstopMs = deadlineMs + 1_000
    const options: Dispatcher.DispatchOptions = {
      origin,
      path: pathname + search,
      method: 'POST',
      headers: { ...headers, 'accept-encoding': 'identity' },
      body,
      headersTimeout: backstopMs,
      bodyTimeout: backstopMs,
    }
    const dial = this.#ways.connector.dialOf(() => agent.dispatch(options, this))
    if (dial !== undefined) this.#waitedMs ??= 0
    this.#dial ??= dial
  }

  /**
   * The receiver closed a kept connection just as we used it, or were about to: nobody's fault, and nothing was
   * answered (rule 9).
   */
  #isStale(code: string): boolean {
    return this.#dial === undefined && !this.#answered && !this.#resent && kindOfFailure(code) === 'unreachable'
  }

  #phase(): Phase {
    if (this.#status !== 0) return 'body'
    if (this.#controller === undefined) return this.#dial?.phase ?? 'connect'
    const unsent = this.#dial?.socket?.writableLength ?? 0
    return unsent > 0 && !this.#answered ? 'send' : 'head'
  }

  #reject(error: Error): void {
    clearTimeout(this.#deadline)
    // Undici's words name the header or the option, never its value.
    const defect = new HookwardError('BROKEN_INVARIANT', `the request cannot be written: ${error.message}`)
    this.#settle?.(Promise.reject(defect))
    this.#settle = undefined
  }
}

/** A deadline that is noticed later than this says nothing about the receiver: the process itself stood still. */
const lateMsMax = 1_000
const informationalMax = 16
const abandoned = new Error('abandoned')
const ownDefects: ReadonlySet<string> = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED'])
