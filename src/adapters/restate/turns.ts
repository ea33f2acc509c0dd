import type { LogEntry } from '../../domain/delivery.ts'
import type { MailOutcome } from '../../ports.ts'
import type { NoticeMessage } from '../../domain/notice.ts'
import type { Slice, Turned } from './slice.ts'
import type { Mailed, Order, Parcel, Reply } from './wire.ts'

/** What workers can do with what is kept of one integration: the engine, turn by turn. */
export interface Turns {
  /** Deliveries come in, and what is due is sent. */
  deliver(slice: Slice, parcels: readonly Parcel[]): Promise<Turned<null>>
  /** A call that may change something. */
  call(slice: Slice, order: Order): Promise<Turned<Reply>>
  /** What is due is done. */
  wake(slice: Slice): Promise<Turned<null>>
  /** A letter was sent, or was not. */
  mailed(slice: Slice, mailed: Mailed): Promise<Turned<null>>
  /** A call that changes nothing. */
  ask(slice: Slice, order: Order): Promise<Reply>
  /** What a letter says; null when it is not to be sent any more. */
  letter(slice: Slice, letterId: string): Promise<Message | null>
  /** Sends it. Resolves for everything a channel can do. */
  send(message: Message): Promise<MailOutcome>
  now(): number
  token(): string
}

/** A letter in words, and the channel it goes by. */
export interface Message {
  readonly channel: string
  readonly message: NoticeMessage
}

/** The log of a slice with older entries before it. */
export function withArchives(slice: Slice, older: readonly LogEntry[]): Slice {
  return { ...slice, log: [...older, ...slice.log] }
}
