import { undiciTransport } from '../../src/adapters/undici/transport.ts'
import { createNetwork } from '../../src/policy/address.ts'
import { transportContract } from '../contracts/transport.ts'

transportContract('undiciTransport', () => undiciTransport({ network: createNetwork({ allow: ['127.0.0.0/8'] }) }))
