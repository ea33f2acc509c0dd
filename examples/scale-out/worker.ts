import { serveRestate } from '../../src/restate.ts'
import { admin, front, judged, key, workerPort } from './places.ts'

/** A worker: as many as are wanted, each on a port of its own, all behind one address. */
const [, , n = '1'] = process.argv
const { url } = await serveRestate({ ...judged, key, port: workerPort(n), url: front.url, admin })
console.log(`worker ${n} at ${url}`)
