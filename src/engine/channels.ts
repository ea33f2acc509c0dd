import { setMaxListeners } from 'node:events'
import { mailChannel } from '../adapters/nodemailer/mail-channel.ts'
import { checkObject, refuse } from '../policy/check.ts'
import type { Channel, Mailer } from '../ports.ts'
import { inTime } from './in-time.ts'
import { methods, option } from './option-checks.ts'

/** By which recipients are reached, by name. */
export type Channels = ReadonlyMap<string, Channel>

/** The channel of those who are named by an address of mail. */
export const mailName = 'mail'
const channelsMax = 16

/** Mail, where there is a mailer, and the channels of the host's own; these are bounded in time. */
export function readChannels({ channels, recipients }: ChannelsGiven, mailer: Mailer | undefined): Channels {
  const own = channels === undefined ? [] : Object.entries(checkObject(channels, option('channels')))
  if (own.length > channelsMax) refuse(option('channels'), `must not have more than ${channelsMax} entries`)
  if (own.length > 0 && recipients === undefined)
    refuse(option('channels'), 'says nothing without recipients, who name them: give both')
  const mail = mailer === undefined ? [] : [[mailName, mailChannel(mailer)] as const]
  return new Map([...mail, ...own.map(([name, channel]) => [name, bounded(checkChannel(name, channel))] as const)])
}

/** Why nobody is reached by a channel that is not there. */
export function unreachable(name: string): string {
  return name === mailName ? 'no mail is configured' : `no channel is called ${JSON.stringify(name)}`
}

/** Frees what they hold. */
export async function closeChannels(channels: Channels): Promise<void> {
  await Promise.all([...channels.values()].map(async (channel) => channel.close?.()))
}

/** One that hangs holds up nobody: in the end, or once it is closed, its message has failed for now. */
export function bounded(channel: Channel, ms?: number): Channel {
  const closed = new AbortController()
  setMaxListeners(0, closed.signal)
  const limits = { what: 'the channel', ...(ms === undefined ? {} : { ms }) }
  return {
    send: (message) =>
      inTime(
        Promise.resolve(message).then((one) => channel.send(one)),
        { ...limits, cut: closed.signal },
      ),
    close: async () => {
      closed.abort()
      await inTime(
        Promise.resolve().then(() => channel.close?.()),
        limits,
      )
    },
  }
}

/** The options that say by what recipients are reached, as they were given. */
export interface ChannelsGiven {
  readonly channels?: unknown
  readonly recipients?: unknown
}

function checkChannel(name: string, value: unknown): Channel {
  if (name === mailName) refuse(option('channels.mail'), 'is made by mail or mailer: give it another name')
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name))
    refuse(option('channels'), 'has a name that is not 1 to 64 lower-case letters, digits and hyphens')
  const channel = methods(value as Channel, `channels.${name}`, ['send'])
  return channel.close === undefined ? channel : methods(channel, `channels.${name}`, ['close'])
}
