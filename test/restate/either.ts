import { onTestFinished } from 'vitest'
import { createHookward, memoryStore, type Hookward, type HookwardOptions } from '../../src/index.ts'
import { restate, serveRestate, type RestateWorker } from '../../src/restate.ts'
import { key, type RestateServer } from '../support/restate.ts'

/** Where deliveries are made. */
export const runtimes = ['in process', 'on Restate'] as const
export type RuntimeName = (typeof runtimes)[number]

/** A host with its worker, where it has one. */
export interface Either {
  readonly hookward: Hookward
  readonly worker?: RestateWorker
}

/** The same engine, in this process or behind a real server; all of it is gone when the test ends. */
export async function startEither(
  runtime: RuntimeName,
  options: HookwardOptions,
  server: () => RestateServer,
): Promise<Either> {
  if (runtime === 'in process') {
    const hookward = await createHookward({ store: memoryStore(), ...options })
    onTestFinished(() => hookward.stop({ graceMs: 0 }))
    return { hookward }
  }
  const { admin, ingress } = server()
  const worker = await serveRestate({ ...options, key, port: 0, admin })
  const { clock } = options
  const hosted = { runtime: restate({ ingress, key, refreshMs: 60_000 }), ...(clock === undefined ? {} : { clock }) }
  const hookward = await createHookward(hosted)
  onTestFinished(async () => {
    for (const { id } of hookward.integrations.list()) await hookward.integrations.remove(id, { waiting: 'skip' })
    await hookward.stop()
    await worker.stop()
  })
  return { hookward, worker }
}
