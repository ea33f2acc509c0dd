import { Link } from '../../../src/adapters/restate/link.ts'
import { sealWith } from '../../../src/adapters/restate/seal.ts'
import { Remote } from '../../../src/engine/remote.ts'
import { remoteFace } from '../../../src/engine/remote-face.ts'
import type { Runtime } from '../../../src/restate.ts'

/** A host with a fault in it: what no node takes at once it calls accepted. */
export function lossy(nodes: readonly string[]): Runtime {
  const given = { nodes, seal: sealWith('a-key-of-the-torture-of-32-letters'), callMs: 2_000, patienceMs: 60_000 }
  return {
    open: async (host) => {
      const hasty = new Link({ ...given, patienceMs: 60, groupMs: 3 })
      const link = new Link({ ...given, groupMs: 3 })
      link.publish = (parcels) => hasty.publish(parcels).catch(() => undefined)
      const remote = new Remote({ ...host, link, refreshMs: 50 })
      await remote.open()
      return remoteFace(remote)
    },
  }
}
