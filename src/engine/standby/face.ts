import { unavailable } from '../enable-page.ts'
import { checkEventName } from '../face.ts'
import type { Hookward, Installations, Integrations } from '../hookward.ts'
import type { Listeners } from './listeners.ts'

/** What the face of a process that may stand by is made of. */
export interface StandbySide<Topics> {
  /** The engine of this process; throws `STANDBY` while it has none. */
  readonly now: () => Hookward<Topics>
  readonly listeners: Listeners
  readonly own: Pick<
    Hookward<Topics>,
    'emit' | 'notifyWorkflow' | 'notifyComment' | 'isStandby' | 'trace' | 'idle' | 'stop'
  >
}

/** What the host sees: events go in whatever this process is; all else is asked of its engine, if it has one. */
export function standbyFace<Topics>({ now, listeners, own }: StandbySide<Topics>): Hookward<Topics> {
  return {
    ...own,
    ...laterOf(now, asked),
    integrations: {
      ...laterOf((): Integrations => now().integrations, asksOfIntegrations),
      get: (slug) => now().integrations.get(slug),
      list: () => now().integrations.list(),
    },
    installations: {
      ...laterOf((): Installations => now().installations, ['install', 'uninstall']),
      list: (slug) => now().installations.list(slug),
    },
    shadow: () => now().shadow(),
    inspect: (listener, options) => now().inspect(listener, options),
    handler: async (request) => {
      try {
        return await now().handler(request)
      } catch {
        return unavailable()
      }
    },
    on: (name: string, listener: (event: never) => void) => listeners.add(checkEventName(name, listener), listener),
  }
}

const asked = [
  'explain',
  'overview',
  'log',
  'audit',
  'hours',
  'transitions',
  'held',
  'dead',
  'replay',
  'notices',
] as const
const asksOfIntegrations = ['put', 'import', 'remove', 'enable', 'disable', 'pause', 'probe', 'resume', 'send'] as const

/** These methods of whoever is there at the time; that there is nobody is a rejection. */
function laterOf<T extends object, Name extends keyof T>(now: () => T, names: readonly Name[]): Pick<T, Name> {
  const relay =
    (name: Name) =>
    async (...args: readonly unknown[]) =>
      await (now()[name] as (...args: readonly unknown[]) => unknown)(...args)
  return Object.fromEntries(names.map((name) => [name, relay(name)])) as Pick<T, Name>
}
