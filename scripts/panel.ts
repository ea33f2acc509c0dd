import { join } from 'node:path'
import { writePanel } from './lib/panel.ts'
import { writePictures } from './lib/pictures.ts'

/** Part of `npm run build`: the files of the dashboard's page, and the pictures of the machines. */
const root = join(import.meta.dirname, '..')
await writePanel(root)
writePictures(root)
