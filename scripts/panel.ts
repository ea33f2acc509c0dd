import { join } from 'node:path'
import { writePanel } from './lib/panel.ts'

/** Part of `npm run build`: the files of the dashboard's page. */
await writePanel(join(import.meta.dirname, '..'))
