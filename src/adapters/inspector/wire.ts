import type { Json } from '../../domain/json.ts'
import type { Inspection } from '../../ports.ts'

/** The version of `@statelyai/inspect`'s protocol that the frames are written in. */
const protocol = '0.7.2'

/** One frame as Stately's inspector reads it. */
export interface Frame {
  readonly type: '@xstate.actor' | '@xstate.event' | '@xstate.snapshot'
  readonly sessionId: string
  readonly _version: string
  readonly createdAt: string
  readonly id: null
  readonly rootId: string
  readonly [field: string]: Json
}

/** Writes what the engine lets be seen in the protocol's words; nothing is added to it. */
export function frameOf(inspection: Inspection): Frame {
  const { actor, at } = inspection
  const base = { sessionId: actor, _version: protocol, createdAt: String(at), id: null, rootId: rootOf(actor) }
  switch (inspection.type) {
    case 'actor': {
      const { machine, definition, parent, snapshot } = inspection
      const shown = { name: `${actor} (${machine})`, definition: JSON.stringify(definition), snapshot: { ...snapshot } }
      return { type: '@xstate.actor', ...base, ...shown, ...(parent === undefined ? {} : { parentId: parent }) }
    }
    case 'signal':
      return { type: '@xstate.event', ...base, event: { type: inspection.signal } }
    case 'snapshot':
      return {
        type: '@xstate.snapshot',
        ...base,
        event: { type: inspection.signal },
        snapshot: { ...inspection.snapshot },
      }
  }
}

/** A child carries the name of its parent before the stroke. */
function rootOf(actor: string): string {
  return actor.split('/')[0] ?? actor
}
