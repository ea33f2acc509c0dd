import type { Clock, Logger, Random } from '../ports.ts'
import type { Hookward } from './hookward.ts'

/** What a host has of its own where deliveries are made elsewhere. */
export interface HostParts {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly application: { readonly id: string; readonly name: string }
  readonly enhancedPrivacy: (organization: string) => boolean
}

/** Where deliveries are made, if not in the host's own process. */
export interface Runtime {
  /** Throws when it cannot be reached, or runs another version. */
  open(host: HostParts): Promise<Hookward>
}
