import { report } from '../test/machines/integration.report.ts'

/** Walks the health chart and compares it with the table written by hand; one line of JSON, exit 1 where they differ. */
try {
  const found = report()
  console.log(JSON.stringify(found))
  if (found.pairsCovered !== found.pairs) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
