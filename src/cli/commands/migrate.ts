import type { Migration } from '../../adapters/restate/migrate.ts'
import type { Call, Command, Result } from '../command.ts'
import { failed } from '../failure.ts'

/** `hookward migrate`. */
export const migrate: Command = {
  name: 'migrate',
  about: 'move what a stopped engine has in its folder to a Restate cluster with workers; the folder is left as it is',
  flags: {
    to: { kind: ['restate'], about: 'where to (restate)' },
    ingress: { kind: 'text', value: 'URL', about: "of the cluster's ingress; of each node", isMany: true },
    dir: { kind: 'text', value: 'DIR', about: 'the folder (or HOOKWARD_STORE)' },
  },
  json: { shape: 'Migration' },
  examples: ['migrate --to restate --ingress http://127.0.0.1:8080 --dir ./data'],
  run: (call) => migrated(call),
}

async function migrated({ flags, env }: Call): Promise<Result> {
  flags.word('to', ['restate'] as const)
  const ingress = flags.list('ingress')
  const dir = flags.text('dir') ?? env['HOOKWARD_STORE'] ?? ''
  const key = env['HOOKWARD_KEY'] ?? ''
  if (ingress.length === 0) throw failed('USAGE', '--ingress is missing: where the cluster is reached')
  if (dir === '') throw failed('USAGE', '--dir is missing: the folder that the engine had as its dir')
  if (key === '') throw failed('USAGE', 'HOOKWARD_KEY is missing: the key that hosts and workers share')
  const { migrateToRestate } = await import('../../engine/moving-out.ts')
  const { lowdbStore } = await import('../../adapters/lowdb/store.ts')
  await (await import('../../adapters/lowdb/store-tools.ts')).checkFolder(dir)
  const value = await migrateToRestate({ store: lowdbStore({ dir, lockWaitMs: 0 }), ingress, key })
  return { value, lines: linesOf(value) }
}

function linesOf(moved: Migration): readonly string[] {
  const { known, installations, keys, waiting, held, dead, notices, letters } = moved
  return [
    `${moved.moved} integrations moved, ${known} were there already; ${installations} installations, ${keys} keys`,
    `${waiting} deliveries that wait, ${held} held, ${dead} dead letters, ${notices} notices with ${letters} letters`,
  ]
}
