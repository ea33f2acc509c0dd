import type { Context, Serde } from '@restatedev/restate-sdk'

/** What a handler asks others to do: sealed, and known by the journal, so that it happens once. */
export interface Calls {
  /** One way; after a delay, where one is given. */
  readonly send: (
    service: string,
    key: string | undefined,
    method: string,
    parameter: unknown,
    delayMs?: number,
  ) => void
  readonly call: (service: string, key: string, method: string, parameter: unknown) => Promise<unknown>
}

export function callsOf(ctx: Context, serde: Serde<unknown>): Calls {
  return {
    send: (service, key, method, parameter, delay = 0) => {
      const to = key === undefined ? { service, method } : { service, method, key }
      ctx.genericSend<unknown>({ ...to, parameter, inputSerde: serde, ...(delay > 0 ? { delay } : {}) })
    },
    call: (service, key, method, parameter) =>
      ctx.genericCall<unknown, unknown>({ service, key, method, parameter, inputSerde: serde, outputSerde: serde }),
  }
}
