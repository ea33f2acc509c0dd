import { Engine } from '../engine.ts'
import { faceOf } from '../face.ts'
import type { Hookward } from '../hookward.ts'
import type { Parts } from '../options.ts'
import { Pickup } from './pickup.ts'

/** What the host does when its process has become the one that holds the store. */
export type SetUp<Topics> = (hookward: Hookward<Topics>) => unknown

/** The one process of a store: it waits for the lock, or does without. */
export async function alone<Topics>(parts: Parts, setUp: SetUp<Topics>): Promise<Hookward<Topics>> {
  const engine = await started(parts)
  const face = faceOf<Topics>(engine)
  try {
    await setUp(face)
    // Of standbys that there may have been.
    if (parts.dir !== undefined) await new Pickup(engine, parts.dir).pass()
    return face
  } catch (error) {
    await engine.stop(0)
    throw error
  }
}

/** Opens the store and goes on from what it holds. What it throws leaves the store closed, and the other parts as they were. */
export async function started(parts: Parts): Promise<Engine> {
  const engine = new Engine(parts)
  try {
    const recovered = await parts.store.open()
    await engine.ladder.recall(recovered.records)
    engine.recover(recovered)
    return engine
  } catch (error) {
    engine.abandon()
    await parts.store.close()
    throw error
  }
}
