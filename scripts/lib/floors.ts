import type { Import } from './source.ts'

/** A part of `src` and what it may import. */
interface Room {
  readonly floor: number
  /** The rooms it may import from. */
  readonly from: readonly string[]
  /** Packages and Node modules it may import: `name`, `name#export`, or `node:*`. */
  readonly outside: readonly string[]
}

const below = ['domain', 'policy', 'flows', 'machines', 'ports', 'adapters', 'engine'] as const

/** The house, from the ground up. Nothing else may be imported anywhere. */
export const rooms: Readonly<Record<string, Room>> = {
  domain: { floor: 0, from: ['domain'], outside: [] },
  policy: {
    floor: 1,
    from: ['domain', 'policy'],
    outside: ['node:crypto', 'node:net#BlockList', 'node:net#isIP'],
  },
  flows: { floor: 1, from: ['domain', 'policy', 'flows'], outside: [] },
  machines: { floor: 2, from: ['domain', 'policy', 'machines'], outside: ['xstate'] },
  ports: { floor: 3, from: ['domain', 'policy'], outside: [] },
  adapters: {
    floor: 4,
    from: ['domain', 'policy', 'flows', 'ports', 'adapters'],
    outside: ['node:*', 'lowdb', 'nodemailer', 'undici', 'ws', '@opentelemetry/api', '@restatedev/restate-sdk'],
  },
  engine: { floor: 5, from: below, outside: ['node:*', 'xstate'] },
  index: { floor: 6, from: below, outside: [] },
  // The virtual world runs the whole engine, unchanged, on parts of its own; the contracts hold real servers.
  testing: { floor: 6, from: [...below, 'testing'], outside: ['node:*'] },
  inspector: { floor: 6, from: ['ports', 'adapters'], outside: [] },
  telemetry: { floor: 6, from: ['adapters'], outside: [] },
  dashboard: { floor: 6, from: ['adapters'], outside: [] },
  // Hosts and workers of a cluster: the engine, turn by turn, behind handlers that Restate calls.
  restate: { floor: 6, from: below, outside: [] },
  verify: { floor: 6, from: [], outside: ['node:crypto'] },
  // Of the tools for tests the command line has the clock of the demo, traces and simulations.
  cli: { floor: 6, from: [...below, 'cli', 'index', 'testing'], outside: ['node:*', 'nodemailer'] },
}

/** The room of a file: its folder under `src`, or its own name. */
export function roomOf(path: string): string {
  const [, first = ''] = path.split('/')
  return first.replace(/\.ts$/, '')
}

/** Every import the house does not allow, as a sentence. */
export function forbiddenImports(imports: readonly Import[]): readonly string[] {
  return imports.flatMap((one) => (one.isOurs ? forbiddenInside(one) : forbiddenOutside(one)))
}

/** The first cycle among the files, from a file back to itself, or `undefined`. */
export function findCycle(imports: readonly Import[]): readonly string[] | undefined {
  const next = neighbours(imports)
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return undefined
    for (const to of next.get(path) ?? []) {
      const cycle = walk(to, [...trail, path])
      if (cycle !== undefined) return cycle
    }
    done.add(path)
    return undefined
  }
  for (const path of next.keys()) {
    const cycle = walk(path, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}

function neighbours(imports: readonly Import[]): ReadonlyMap<string, readonly string[]> {
  const next = new Map<string, string[]>()
  for (const { from, to, isOurs } of imports) if (isOurs) next.set(from, [...(next.get(from) ?? []), to])
  return next
}

function forbiddenInside({ from, to }: Import): readonly string[] {
  const [room, other] = [rooms[roomOf(from)], rooms[roomOf(to)]]
  if (room === undefined) return [`${from} stands on no floor`]
  if (!to.startsWith('src/') || other === undefined) return [`${from} imports ${to}, which stands on no floor`]
  if (room.from.includes(roomOf(to))) return []
  return [`${from} (floor ${room.floor}) may not import ${to} (floor ${other.floor})`]
}

function forbiddenOutside({ from, to, names }: Import): readonly string[] {
  const allowed = rooms[roomOf(from)]?.outside ?? []
  if (allowed.includes(to) || (to.startsWith('node:') && allowed.includes('node:*'))) return []
  return names
    .filter((name) => !allowed.includes(`${to}#${name}`))
    .map((name) => `${from} may not import ${name} of ${to}`)
}
