import { createHash } from 'node:crypto'
import type { ReceivedRequest } from '../support/receiver.ts'
import type { ReceivedMail } from '../support/smtp.ts'
import { organizations, paddingOf, soundOf, type Word } from './fleet.ts'
import { moments, type Moment } from './moments.ts'

/** What a run came to; everything in `faults` breaks a promise. */
export interface Verdict {
  readonly accepted: number
  readonly delivered: number
  readonly lost: number
  /** Came again though it had been answered 200: its outcome was not durable when the engine was killed. */
  readonly redelivered: number
  /** Came again because it had been answered 503. */
  readonly retried: number
  readonly disablements: number
  readonly letters: number
  readonly lettersRepeated: number
  readonly restartMsMedian: number
  /** How many kills fell into each moment. */
  readonly moments: Readonly<Record<Moment, number>>
  readonly faults: readonly string[]
}

interface Received {
  readonly identity: string
  readonly status: number
  readonly life: number
}

/** Judges from outside: by what was answered, by the receiver's log and by the mailbox. */
export class Judge {
  readonly #acknowledged = new Set<number>()
  /** By event and receiver: which id and body came, what was answered last, and in which life of the engine. */
  readonly #received = new Map<string, Received>()
  /** By Message-ID: how often it came. */
  readonly #mails = new Map<string, number>()
  readonly #known = new Map<string, string>()
  readonly #restarts: number[] = []
  readonly #faults = new Map<string, string>()
  /** Those that were said to be off, and that nobody has begun to switch on since. */
  readonly #off = new Set<string>()
  readonly #enabled = new Map<string, number>()
  readonly #moments = Object.fromEntries(moments.map((moment) => [moment, 0])) as Record<Moment, number>
  #life = 0
  #redelivered = 0
  #retried = 0
  /** Attempts that an engine took for failed though nobody had refused them. */
  #unanswered = 0
  #disablements = 0
  #isDrained = false

  hear(word: Word): void {
    switch (word.t) {
      case 'up':
        this.#restarts.push(word.restartMs)
        for (const slug of this.#off)
          if (!word.disabled.includes(slug)) this.#fault('state', `${slug} was disabled and is not after a restart`)
        if (word.damage.some((found) => !/are no (record|line)/.test(found)))
          this.#fault('damage', `a kill alone left damage: ${word.damage.join('; ')}`)
        return
      case 'ack':
        if (this.#acknowledged.has(word.n)) this.#fault('ack', `event ${word.n} was answered twice`)
        this.#acknowledged.add(word.n)
        return
      case 'enabling':
        this.#enabled.set(word.slug, this.#enabledOf(word.slug) + 1)
        this.#off.delete(word.slug)
        return
      case 'disabled':
        if (this.#off.has(word.slug)) this.#fault('again', `${word.slug} was disabled twice, and not enabled between`)
        this.#off.add(word.slug)
        return
      case 'known':
        this.#disablements += word.disablements
        if (word.disablements > this.#enabledOf(word.slug) + 1)
          this.#fault('again', `${word.slug} was disabled ${word.disablements} times, and not enabled as often before`)
        for (const { id, status } of word.letters) this.#known.set(id, status)
        return
      case 'dying':
        this.killed(word.moment)
        return
      case 'failed':
        this.#fault('failed', word.error)
        return
      case 'unanswered':
        this.#unanswered += 1
        return
      case 'done':
        this.#isDrained = true
    }
  }

  /** Another engine begins; what comes from now on comes from it. */
  begin(): void {
    this.#life += 1
  }

  killed(moment: Moment): void {
    this.#moments[moment] += 1
  }

  crashed(fact: string): void {
    this.#fault('crash', fact)
  }

  /** A request as it came, and what it is answered. */
  request({ path, body, headers }: ReceivedRequest, status: number): void {
    const { data } = JSON.parse(body.toString('utf8')) as { data?: { n?: number; padding?: string } }
    if (data?.n === undefined) return
    const place = `${data.n} ${path}`
    const identity = `${headers['idempotency-key'] ?? ''} ${createHash('sha1').update(body).digest('base64')}`
    const before = this.#received.get(place)
    this.#received.set(place, { identity, status, life: this.#life })
    if (data.padding?.length !== paddingOf(data.n)) this.#fault('body', `event ${data.n} came with another body`)
    if (before === undefined) return
    if (before.identity !== identity)
      this.#fault('identity', `event ${data.n} came to ${path} again with another id or body`)
    if (before.status === 503) this.#retried += 1
    else if (!path.endsWith('-bad')) this.#redelivered += 1
    if (before.status === 200 && before.life === this.#life && --this.#unanswered < 0)
      this.#fault('repeat', `event ${data.n} came to ${path} again, and nobody was killed between`)
  }

  mail({ messageId }: ReceivedMail): void {
    this.#mails.set(messageId, (this.#mails.get(messageId) ?? 0) + 1)
  }

  verdict(): Verdict {
    const lost = this.#lost()
    if (lost.length > 0) this.#fault('lost', `event ${lost[0] ?? ''} was answered and never came`)
    if (!this.#isDrained) this.#fault('drain', 'the last engine did not come to rest')
    for (const id of this.#mails.keys())
      if (!this.#known.has(id)) this.#fault('unknown', `a letter came that the store does not know: ${id}`)
    // One that is no longer true before it has left need not come.
    for (const [id, status] of this.#known)
      if (status !== 'superseded' && !this.#mails.has(id))
        this.#fault('letter', `a letter never came: ${id} (${status})`)
    const counts = [...this.#mails.values()]
    const sound = [...this.#received.keys()].filter((place) => !place.endsWith('-bad'))
    return {
      accepted: this.#acknowledged.size,
      delivered: sound.length,
      lost: lost.length,
      redelivered: this.#redelivered,
      retried: this.#retried,
      disablements: this.#disablements,
      letters: counts.length,
      lettersRepeated: counts.reduce((sum, count) => sum + count - 1, 0),
      restartMsMedian: Math.round(median(this.#restarts)),
      moments: this.#moments,
      faults: [...this.#faults.values()],
    }
  }

  #enabledOf(slug: string): number {
    return this.#enabled.get(slug) ?? 0
  }

  #lost(): readonly string[] {
    const places = [...this.#acknowledged].flatMap((n) =>
      soundOf(organizations[n % organizations.length] ?? '').map((slug) => `${n} /${slug}`),
    )
    return places.filter((place) => !this.#received.has(place))
  }

  /** The first of each kind says enough. */
  #fault(kind: string, fact: string): void {
    if (!this.#faults.has(kind)) this.#faults.set(kind, fact)
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
