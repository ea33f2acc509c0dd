import type { Command } from './command.ts'
import { chart } from './commands/chart.ts'
import { completion } from './commands/completion.ts'
import { demo } from './commands/demo.ts'
import { dev } from './commands/dev.ts'
import { doctor } from './commands/doctor.ts'
import { explain } from './commands/explain.ts'
import { dead, held } from './commands/ledger.ts'
import { imports } from './commands/import.ts'
import { log } from './commands/log.ts'
import { ls } from './commands/ls.ts'
import { migrate } from './commands/migrate.ts'
import { replay } from './commands/replay.ts'
import { send } from './commands/send.ts'
import { show } from './commands/show.ts'
import { simulate } from './commands/simulate.ts'
import { disable, enable, pause, probe, resume } from './commands/steer.ts'
import { storeCheck, storeFix, storeShow } from './commands/store.ts'
import { tail } from './commands/tail.ts'
import { traces } from './commands/traces.ts'

/** Every command, in the order of the usage. */
export const commands: readonly Command[] = [
  ...[dev, demo],
  ...[ls, show, explain, log, tail],
  ...[send, probe, enable, disable, pause, resume],
  ...[held, dead, replay],
  ...[imports, migrate],
  ...[chart, simulate, traces],
  ...[storeCheck, storeShow, storeFix],
  ...[doctor, completion(() => commands)],
]
