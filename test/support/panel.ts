import { writePanel } from '../../scripts/lib/panel.ts'

/** Before the tests: the pages of the dashboard, as a build makes them. */
export async function setup(): Promise<void> {
  await writePanel(process.cwd())
}
