import { createHash } from 'node:crypto'
import type { Letter } from '../../src/domain/notice.ts'
import type { ReceivedRequest } from '../support/receiver.ts'
import type { ReceivedMail } from '../support/smtp.ts'
import { badOf, organizations, ownersOf, paddingOf, soundOf, type Word } from './fleet.ts'
import { moments, type Moment } from './moments.ts'

/** What a run came to; everything in `faults` breaks a promise. */
export interface Verdict {
  readonly accepted: number
  readonly delivered: number
  readonly lost: number
  /** Came again though it had been answered 200: its outcome was not durable when the engine was killed. */
  readonly redelivered: number
  /** Came again because it had been refused. */
  readonly retried: number
  readonly disablements: number
  /** How many notices of each step were told. */
  readonly told: Readonly<Record<string, number>>
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
  /** By Message-ID: in which lives of the engine it came. */
  readonly #mails = new Map<string, number[]>()
  /** By Message-ID: in which life it was written down as sent. */
  readonly #sent = new Map<string, number>()
  /** By Message-ID: how the store has it in the end. */
  readonly #letters = new Map<string, Letter['status']>()
  readonly #restarts: number[] = []
  readonly #faults = new Map<string, string>()
  /** Those that were said to be off, and that nobody has begun to switch on since. */
  readonly #off = new Set<string>()
  readonly #enabled = new Map<string, number>()
  readonly #moments = Object.fromEntries(moments.map((moment) => [moment, 0])) as Record<Moment, number>
  readonly #told = new Map<string, number>()
  #life = 0
  #mailsSeen = 0
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
        this.#hearNotices(word)
        return
      case 'sent':
        for (const id of word.ids) this.#sent.set(id, this.#life)
        return
      case 'breach':
        this.#fault(word.breach, word.fact)
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

  /** Whether a promise was broken so far. */
  get isBreached(): boolean {
    return this.#faults.size > 0
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
    if (before.status === 200) this.#redelivered += 1
    else this.#retried += 1
    if (before.status === 200 && before.life === this.#life && --this.#unanswered < 0)
      this.#fault('repeat', `event ${data.n} came to ${path} again, and nobody was killed between`)
  }

  /** All that came so far; those not seen before came in this life. */
  mails(all: readonly ReceivedMail[]): void {
    for (const { messageId } of all.slice(this.#mailsSeen)) {
      const lives = this.#mails.get(messageId) ?? []
      if (lives.includes(this.#life))
        this.#fault('mail', `a letter came twice, and nobody was killed between: ${messageId}`)
      if ((this.#sent.get(messageId) ?? Infinity) < this.#life)
        this.#fault('mail', `a letter came again though it was written down as sent: ${messageId}`)
      this.#mails.set(messageId, [...lives, this.#life])
    }
    this.#mailsSeen = all.length
  }

  verdict(): Verdict {
    const places = this.#places()
    const lost = places.filter((place) => this.#received.get(place)?.status !== 200)
    if (lost.length > 0) this.#fault('lost', `event ${lost[0] ?? ''} was answered and never arrived`)
    if (!this.#isDrained) this.#fault('drain', 'the last engine did not come to rest')
    for (const id of this.#mails.keys())
      if (!this.#letters.has(id)) this.#fault('unknown', `a letter came that the store does not know: ${id}`)
    // One that is no longer true before it has left need not come.
    for (const [id, status] of this.#letters)
      if (status !== 'superseded' && !this.#mails.has(id))
        this.#fault('letter', `a letter never came: ${id} (${status})`)
    const counts = [...this.#mails.values()].map(({ length }) => length)
    return {
      accepted: this.#acknowledged.size,
      delivered: places.length - lost.length,
      lost: lost.length,
      redelivered: this.#redelivered,
      retried: this.#retried,
      disablements: this.#disablements,
      told: Object.fromEntries([...this.#told].sort()),
      letters: counts.length,
      lettersRepeated: counts.reduce((sum, count) => sum + count - 1, 0),
      restartMsMedian: Math.round(median(this.#restarts)),
      moments: this.#moments,
      faults: [...this.#faults.values()],
    }
  }

  /** Each step of an incident once, with one letter for each owner it was for; and one disablement, one notice of it. */
  #hearNotices({ slug, disablements, notices }: Extract<Word, { t: 'known' }>): void {
    const steps = new Set<string>()
    for (const { incident, step, status, letters } of notices) {
      if (steps.has(`${incident} ${step}`)) this.#fault('notice', `${slug} has two notices of one ${step}`)
      steps.add(`${incident} ${step}`)
      for (const { id, status } of letters) this.#letters.set(id, status)
      const to = letters.map((letter) => letter.to).sort()
      const isTold = status === 'done' && step !== 'recovered'
      if (status === 'done') this.#told.set(step, (this.#told.get(step) ?? 0) + 1)
      if (isTold ? to.join() !== ownersOf(slug).join() : new Set(to).size !== to.length)
        this.#fault('owners', `the ${step} of ${slug} was told to ${to.join(' and ') || 'nobody'}`)
    }
    const told = notices.filter(({ step }) => step === 'disabled').length
    if (told !== disablements)
      this.#fault('notice', `${slug} was disabled ${disablements} times, and has ${told} notices of it`)
  }

  #enabledOf(slug: string): number {
    return this.#enabled.get(slug) ?? 0
  }

  /** Where what was answered must have arrived: in the end the bad ones are sound as well. */
  #places(): readonly string[] {
    return [...this.#acknowledged].flatMap((n) => {
      const organization = organizations[n % organizations.length] ?? ''
      return [...soundOf(organization), badOf(organization)].map((slug) => `${n} /${slug}`)
    })
  }

  /** The first of each kind says enough. */
  #fault(kind: string, fact: string): void {
    if (!this.#faults.has(kind)) this.#faults.set(kind, fact)
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
