import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'

/** One question that came, the name in lower case. */
export interface DnsQuestion {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'other'
}

/** Addresses of both families (a question gets those of its own), a failure, or nothing at all. */
export type DnsAnswer = readonly string[] | 'nxdomain' | 'servfail' | 'silent'

/** A real name server on loopback, over UDP. */
export interface DnsServer {
  /** As resolvers take it: `127.0.0.1:53530`. */
  readonly address: string
  readonly questions: readonly DnsQuestion[]
  /** What every question gets from now on; a promise is answered when it is known. */
  answer(answer: DnsAnswer | ((question: DnsQuestion) => DnsAnswer | Promise<DnsAnswer>)): void
  /** How long answers may be kept from now on, in seconds. @default 0 */
  ttl(seconds: number): void
  close(): Promise<void>
}

/** Starts a name server that knows no name until told otherwise. Nothing it says may be kept (TTL 0) until told otherwise. */
export async function startDns(): Promise<DnsServer> {
  const questions: DnsQuestion[] = []
  let ttlS = 0
  let answerOf: (question: DnsQuestion) => DnsAnswer | Promise<DnsAnswer> = () => 'nxdomain'
  const socket = createSocket('udp4')
  socket.on('message', (message, from) => {
    const { question, end } = readQuestion(message)
    questions.push(question)
    void Promise.resolve(answerOf(question)).then((answer) => {
      if (answer !== 'silent')
        socket.send(reply(message.subarray(0, end), question, answer, ttlS), from.port, from.address)
    })
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    answer: (answer) => (answerOf = typeof answer === 'function' ? answer : () => answer),
    ttl: (seconds) => (ttlS = seconds),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

function readQuestion(message: Buffer): { readonly question: DnsQuestion; readonly end: number } {
  const labels: string[] = []
  let at = headBytes
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length).toLowerCase())
    at += 1 + length
  }
  const type = ({ 1: 'A', 28: 'AAAA' } as const)[message.readUInt16BE(at + 1)] ?? 'other'
  return { question: { name: labels.join('.'), type }, end: at + 5 }
}

/** @param asked the head and the question of the message, which an answer repeats */
function reply(asked: Buffer, { type }: DnsQuestion, answer: Exclude<DnsAnswer, 'silent'>, ttlS: number): Buffer {
  const addresses = typeof answer === 'string' ? [] : answer.filter((address) => isIP(address) === families[type])
  const head = Buffer.from(asked)
  head.writeUInt16BE(0x8180 | (typeof answer === 'string' ? codes[answer] : 0), 2)
  for (const [at, count] of [1, addresses.length, 0, 0].entries()) head.writeUInt16BE(count, 4 + 2 * at)
  return Buffer.concat([head, ...addresses.map((address) => record(address, ttlS))])
}

function record(address: string, ttlS: number): Buffer {
  const data = isIP(address) === 4 ? address.split('.').map(Number) : groups(address)
  const ttl = [ttlS >> 24, ttlS >> 16, ttlS >> 8, ttlS].map((byte) => byte & 255)
  // The name is a pointer to the question; then type, class, TTL and the length of the address.
  return Buffer.from([0xc0, headBytes, 0, data.length === 4 ? 1 : 28, 0, 1, ...ttl, 0, data.length, ...data])
}

function groups(address: string): readonly number[] {
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail].flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255])
}

const headBytes = 12
const families = { A: 4, AAAA: 6, other: -1 } as const
const codes = { nxdomain: 3, servfail: 2 } as const
