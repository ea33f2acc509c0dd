import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inAll, scoresOf, tableOf, traceNames, withTables } from './lib/trace-page.ts'

/**
 * Runs our policies and other senders' documented rules through every trace, prints the sums and what they took, and
 * writes the tables of the page anew. With `--check` it only says whether they differ.
 */
const path = join(import.meta.dirname, '../docs/reference/traces.md')
const scores = scoresOf(traceNames)
const page = readFileSync(path, 'utf8')
const made = withTables(page, scores)
const sums = inAll(scores)
const outcomes = Object.values(sums).reduce((sum, score) => sum + score.outcomes, 0)
const cpuMs = Math.round(process.cpuUsage().user / 1_000)

console.log(tableOf(sums))
console.log(JSON.stringify({ traces: traceNames.length, outcomes, cpuMs, changed: page !== made }))
if (!process.argv.includes('--check')) writeFileSync(path, made)
else if (page !== made) process.exitCode = 1
