import type { AttemptRequest, Transport } from '../../src/index.ts'

type Outcome = Awaited<ReturnType<Transport['attempt']>>

/** A transport without a network: attempts hang, or end as they are told. */
export interface Wire extends Transport {
  /** In the order they were started. */
  readonly started: readonly AttemptRequest[]
  /** Ends what hangs, and all that follows at once. A code of our own trouble ends it as such. */
  answer(answer: number | 'local' | 'blocked' | 'timeout'): void
  /** What follows hangs. */
  hang(): void
}

export function aWire(): Wire {
  const started: AttemptRequest[] = []
  let outcome: Outcome | undefined
  let hanging: readonly ((outcome: Outcome) => void)[] = []
  const end = (ended: Outcome) => {
    const released = hanging
    hanging = []
    released.forEach((release) => release(ended))
  }
  return {
    started,
    attempt: async (request) => {
      started.push(request)
      return outcome ?? new Promise<Outcome>((resolve) => (hanging = [...hanging, resolve]))
    },
    answer: (answer) => {
      outcome = outcomeOf(answer)
      end(outcome)
    },
    hang: () => (outcome = undefined),
    close: () => {
      end(outcomeOf('local'))
      return Promise.resolve()
    },
  }
}

function outcomeOf(answer: number | 'local' | 'blocked' | 'timeout'): Outcome {
  const rest = { durationMs: 1, body: '', bodyBytes: 0, truncated: false, headers: {} }
  if (typeof answer === 'string') return { kind: answer, status: 0, code: answer.toUpperCase(), phase: 'send', ...rest }
  const kind = answer < 300 ? 'ok' : answer < 500 ? 'rejected' : 'server'
  return { kind, status: answer, code: `HTTP_${answer}`, phase: 'body', ...rest }
}
