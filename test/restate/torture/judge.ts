import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { bad, badOf, organizations, sound, soundOf } from './fleet.ts'

/** A receiver for all integrations, which writes down what it sees; the bad ones refuse until they are mended. */
export class Judge {
  readonly faults = new Map<string, string>()
  /** By integration and number of the event: how often it came. */
  readonly #came = new Map<string, number>()
  readonly #accepted = new Map<string, number[]>()
  readonly #off = new Set<string>()
  readonly #server: Server
  #first = 0
  #mended = false
  requests = 0

  constructor() {
    this.#server = createServer((request, response) => {
      const slug = request.url?.slice(1) ?? ''
      this.requests += 1
      if (this.#off.has(slug)) this.fault('sent-while-disabled', `${slug} was sent something while it was disabled`)
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const isOk = this.#mended || !bad.includes(slug)
        const { data } = JSON.parse(String(Buffer.concat(chunks))) as { readonly data: { readonly n: number } }
        const key = `${slug} ${data.n}`
        if (!this.#came.has(key) && sound.includes(slug)) this.#first += 1
        if (isOk) this.#came.set(key, (this.#came.get(key) ?? 0) + 1)
        response.writeHead(isOk ? 200 : 500).end()
      })
    })
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  fault(kind: string, fact: string): void {
    if (!this.faults.has(kind)) this.faults.set(kind, fact)
  }

  acknowledged(organization: string, n: number): void {
    for (const slug of [...soundOf(organization), badOf(organization)])
      this.#accepted.set(slug, [...(this.#accepted.get(slug) ?? []), n])
  }

  /** Told that it is disabled: nothing may come, until somebody enables it. */
  off(slug: string): void {
    this.#off.add(slug)
  }

  enabling(slug: string): void {
    this.#off.delete(slug)
  }

  mend(): void {
    this.#mended = true
  }

  acceptedBy(slug: string): number {
    return this.#accepted.get(slug)?.length ?? 0
  }

  get accepted(): number {
    return organizations.reduce((sum, organization) => sum + this.acceptedBy(badOf(organization)), 0)
  }

  /** How many deliveries to sound receivers were accepted and have not come yet. */
  get ahead(): number {
    const accepted = sound.reduce((sum, slug) => sum + this.acceptedBy(slug), 0)
    return accepted - this.#first
  }

  /** Accepted, and never came; `excused`: so many of a bad one are told to be dead. */
  lost(slug: string, excused = 0): number {
    const missing = (this.#accepted.get(slug) ?? []).filter((n) => !this.#came.has(`${slug} ${n}`))
    return Math.max(0, missing.length - excused)
  }

  get repeated(): number {
    return [...this.#came.values()].reduce((sum, times) => sum + times - 1, 0)
  }
}
