import { createHookward } from '../../src/index.ts'
import { judged, receiver } from './places.ts'

/** The host as it was: one process, one folder. Its integration is paused for the move, so that something waits when it stops. */
const hookward = await createHookward({ ...judged, dir: './data' })
await hookward.integrations.put({
  ...{ slug: 'bot', name: 'Bot', organization: 'acme', url: `${receiver.url}/hook`, secret: 'a-secret-of-the-example' },
  ...{ topics: ['invoice'], owners: [{ email: 'ops@acme.example' }] },
})
await hookward.installations.install({ integration: 'bot', organization: 'acme' }, { announce: false })
await hookward.integrations.pause('bot', { by: 'ops', reason: 'it moves' })
await hookward.emit({ topic: 'invoice.paid', organization: 'acme', data: { invoice: 41 } })
await hookward.idle()
await hookward.stop()
console.log('stopped with deliveries that wait')
