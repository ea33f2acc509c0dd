import { writePanel } from '../../scripts/lib/panel.ts'
import { writePictures } from '../../scripts/lib/pictures.ts'

/** Before the tests: the pages of the dashboard and the pictures of the machines, as a build makes them. */
export async function setup(): Promise<void> {
  await writePanel(process.cwd())
  writePictures(process.cwd())
}
