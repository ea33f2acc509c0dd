import { simulate } from './src/testing/simulate/simulate.ts'
import { standard, sentry } from './src/policy/index.ts'
import { randomOf } from './src/testing/trace/random.ts'
const share = Number(process.argv[2] ?? 0.05), which = process.argv[3] ?? 'standard'
const from = Date.UTC(2024, 5, 3)
  const r = randomOf(7)
  const N = 300000, K = 100
  const log: any[] = []
  for (let i = 0; i < N; i++) {
    const fail = r() < share
    log.push({ at: from + i * 100, integrationId: 'i' + (i % K), deliveryId: 'd' + i, topic: 'a.b', attempt: 1, outcome: fail ? { kind: 'server', status: 503, code: 'HTTP_503' } : { kind: 'ok', status: 200, code: 'HTTP_200' }, requestId: 'r', durationMs: 3 })
  }
const candidate: any = which === 'standard' ? standard() : sentry()
for (let k = 0; k < 3; k++) {
    const t = process.cpuUsage()
    const s = simulate({ history: log, candidate })
    const u = process.cpuUsage(t); const ms = (u.user + u.system) / 1000
    console.log(candidate.name, share, s.outcomes, Math.round(s.outcomes / ms * 1000), 'outcomes/s of cpu')
}
