import { rules, scoreOf, sumOf } from './lib/trace-scores.ts'
import { traces, type TraceName } from '../src/testing/trace/traces.ts'
const seeds = [1, 2, 3]
const t = performance.now()
let n = 0
for (const name of Object.keys(traces) as TraceName[]) {
  for (const [rule, r] of Object.entries(rules)) {
    const t0 = process.cpuUsage()
    const s = scoreOf(r, name, seeds)
    const u = process.cpuUsage(t0)
    n += s.outcomes
    const told = [...s.untilToldMs]
      .sort((a, b) => a - b)
      .map((x) => (x / 3600e3).toFixed(1))
      .join('/')
    console.log(
      name.padEnd(14),
      rule.padEnd(9),
      'false',
      `${s.disabledAlive}/${s.alive}`,
      'missed',
      `${s.missed}/${s.dead}`,
      'told',
      told,
      'mails',
      s.mails,
      'lost',
      `${s.lost}/${s.events}`,
      'outcomes',
      s.outcomes,
      Math.round(s.outcomes / ((u.user + u.system) / 1e6)),
      '/s',
    )
  }
}
console.log(n, 'outcomes', performance.now() - t, 'ms')
