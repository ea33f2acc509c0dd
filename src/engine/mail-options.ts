import type { LetterLinks } from '../adapters/nodemailer/letters.ts'
import { nodemailerMailer } from '../adapters/nodemailer/mailer.ts'
import { enableLinkMs, signEnable } from '../policy/enable-token.ts'
import { checkFields, checkText, refuse } from '../policy/check.ts'
import type { Mailer } from '../ports.ts'
import { readChannels, type Channels, type ChannelsGiven } from './channels.ts'
import { methods, option } from './option-checks.ts'

/** Owner mail through an SMTP server. */
export interface MailOptions {
  /** `smtp://` or `smtps://`, with user and password where the server asks for them. */
  readonly url: string
  /** The sender: an address, or a name and an address in angle brackets. */
  readonly from: string
  /** How long the server may take to connect, to greet and to answer, each: 1 to 600,000. @default 10_000 */
  readonly timeoutMs?: number
  /** The host's own pages, to which letters link. @default none: letters name the call that re-enables */
  readonly baseUrl?: string
  /** Where `hookward.handler` is mounted: letters of a disablement link there. Asks for `linkSecret`. @default no such link */
  readonly enableUrl?: string
  /** Where owners get help. @default left out of letters */
  readonly supportUrl?: string
}

/** What letters are made and sent with. */
export interface Mailing {
  readonly channels: Channels
  readonly links: LetterLinks
  /** Signs enable links; left out: there are none. */
  readonly linkSecret?: string
  readonly mailDomain: string
}

interface MailGiven extends ChannelsGiven {
  readonly mail?: MailOptions
  readonly mailer?: Mailer
  readonly linkSecret?: string
}

/** The channels, what letters link to, and the name behind the @ of every Message-ID. */
export function readMailing(given: MailGiven): Mailing {
  const { mailer, ...mailing } = readMail(given)
  return { ...mailing, channels: readChannels(given, mailer) }
}

function readMail({ mail, mailer, linkSecret }: MailGiven): Omit<Mailing, 'channels'> & { readonly mailer?: Mailer } {
  if (linkSecret !== undefined) checkLinkSecret(linkSecret, mail?.enableUrl)
  const unlinked = { links: {}, mailDomain: ownDomain }
  if (mail === undefined)
    return mailer === undefined ? unlinked : { ...unlinked, mailer: methods(mailer, 'mailer', ['send', 'close']) }
  if (mailer !== undefined) refuse(option('mailer'), 'cannot be given beside mail: give one or the other')
  const { url, from, timeoutMs, baseUrl, supportUrl, enableUrl } = checkFields(
    mail,
    option('mail'),
    mailFields,
  ) as MailOptions
  const sender = checkText(from, option('mail.from'), 512)
  const links = {
    ...linkOf('baseUrl', baseUrl),
    ...linkOf('supportUrl', supportUrl),
    ...enableLinks(enableUrl, linkSecret),
  }
  const timed = timeoutMs === undefined ? {} : { timeoutMs }
  const domain = /@([^\s<>@]+)>?$/.exec(sender.trim())?.[1] ?? ownDomain
  const secret = linkSecret === undefined ? {} : { linkSecret }
  return { links, ...secret, mailDomain: domain, mailer: nodemailerMailer({ url, from: sender, ...timed }) }
}

const mailFields = ['url', 'from', 'timeoutMs', 'baseUrl', 'supportUrl', 'enableUrl'] as const
/** A name that nobody can own, for Message-IDs where no sender is known. */
const ownDomain = 'hookward.invalid'

function linkOf(name: 'baseUrl' | 'supportUrl', value: unknown): LetterLinks {
  if (value === undefined) return {}
  const url = checkText(value, option(`mail.${name}`), 2_048)
  const isLink = URL.canParse(url) && ['http:', 'https:', 'mailto:'].includes(new URL(url).protocol)
  return isLink ? { [name]: url } : refuse(option(`mail.${name}`), 'must be an absolute URL')
}

export function readLinkSecret(value: unknown): string {
  const secret = checkText(value, option('linkSecret'), 1_024)
  return secret.length < 32 ? refuse(option('linkSecret'), 'must have 32 characters') : secret
}

function checkLinkSecret(value: unknown, enableUrl: unknown): void {
  readLinkSecret(value)
  if (enableUrl === undefined) refuse(option('linkSecret'), 'says nothing without mail.enableUrl: give both or neither')
}

function enableLinks(value: unknown, linkSecret: string | undefined): Pick<LetterLinks, 'enableLink'> {
  if (value === undefined) return {}
  const at = option('mail.enableUrl')
  const url = checkText(value, at, 2_048)
  if (!URL.canParse(url) || !['http:', 'https:'].includes(new URL(url).protocol))
    refuse(at, 'must be an http or https URL')
  if (linkSecret === undefined) return refuse(option('linkSecret'), 'must be given beside mail.enableUrl')
  return {
    enableLink: ({ integrationId, incidentId, at: noticedAt }) => {
      const link = new URL(url)
      const claim = { integrationId, incidentId, expiresAt: noticedAt + enableLinkMs }
      link.searchParams.set('token', signEnable(claim, linkSecret))
      return link.href
    },
  }
}
