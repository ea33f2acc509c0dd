import { parseArgs } from 'node:util'
import { HookwardError, lowdbStore } from '../src/index.ts'
import { migrateToRestate } from '../src/restate.ts'

/**
 * `npm run -s migrate -- DIR --to restate --ingress URL` moves the store of a stopped engine to a Restate cluster with
 * workers, and prints what was moved as one line of JSON. The key is read from `HOOKWARD_KEY`.
 */
const { values, positionals } = parseArgs({
  options: { to: { type: 'string' }, ingress: { type: 'string', multiple: true } },
  allowPositionals: true,
})
const [dir] = positionals
if (dir === undefined || values.to !== 'restate' || values.ingress === undefined) {
  console.error('usage: npm run -s migrate -- DIR --to restate --ingress URL, with the key in HOOKWARD_KEY')
  process.exit(2)
}
try {
  const given = { ingress: values.ingress, key: process.env.HOOKWARD_KEY ?? '' }
  console.log(JSON.stringify(await migrateToRestate({ store: lowdbStore({ dir }), ...given })))
} catch (error) {
  if (!(error instanceof HookwardError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
