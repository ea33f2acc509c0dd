import '../../support/with-resolvers.ts'
import { listen } from '../../../src/adapters/restate/endpoint.ts'
import { sealWith } from '../../../src/adapters/restate/seal.ts'
import { turnsOf } from '../../../src/engine/turns.ts'
import { readWorker } from '../../../src/engine/worker-options.ts'
import type { Orders } from './fleet.ts'
import { planted } from './plants.ts'
import { tally } from './tally.ts'

/** The process that is killed: a worker as `serveRestate` makes one, perhaps with a fault in it. */
const { port, smtpUrl, plant } = JSON.parse(process.argv[2] ?? '') as Orders
const { key, parts } = readWorker({
  key: 'a-key-of-the-torture-of-32-letters',
  policy: tally(),
  network: { allow: ['127.0.0.0/8'] },
  mail: { url: smtpUrl, from: 'hooks@example.com' },
  logger: { ...console, info: () => undefined, warn: (...said: unknown[]) => console.error(...said) },
})
const turns = planted(
  turnsOf(parts, () => undefined),
  plant,
  parts,
)
const { logger } = parts
await listen({ turns, seal: sealWith(key), logger, host: '127.0.0.1', port, identityKeys: [], turnMsMax: 10_000 })
process.stdout.write('up\n')
