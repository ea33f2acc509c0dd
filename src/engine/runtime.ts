import type { Clock, Logger, Random } from '../ports.ts'
import type { Hookward } from './hookward.ts'
import type { Parts } from './options.ts'

/** What a host has of its own where deliveries are made elsewhere. */
export interface HostParts {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly application: { readonly id: string; readonly name: string }
  readonly enhancedPrivacy: (organization: string) => boolean
  /** What checks the data of events, by topic. */
  readonly schemas: Parts['schemas']
  /** Reads the links of letters; left out: there are none. */
  readonly linkSecret?: string
}

/** Where deliveries are made, if not in the host's own process. */
export interface Runtime {
  /** Throws when it cannot be reached, or runs another version. */
  open<Topics>(host: HostParts): Promise<Hookward<Topics>>
}
