import { isIP } from 'node:net'
import { HookwardError } from '../domain/errors.ts'
import { rangeRefusal } from './ip.ts'
import { bareName, holds, publicOnly, type Network } from './network.ts'

/** Whether a place may be connected to. `rule` names why not, and never holds an address. */
export type Verdict =
  { readonly verdict: 'allow'; readonly rule?: undefined } | { readonly verdict: 'refuse'; readonly rule: string }

/** The longest URL that is taken, in characters. */
export const urlCharsMax = 2_048

/** Checks a URL at the door and gives it parsed; throws `URL_INVALID`, `URL_USER_INFO` or `URL_REFUSED`. */
export function parseDestination(url: unknown, network: Network): URL {
  const read = readUrl(url)
  if (!(read instanceof URL)) throw new HookwardError(read.code, `the URL ${read.rule}`)
  const rule = refusalOf(read, network, [])
  if (rule !== undefined) throw new HookwardError('URL_REFUSED', `the URL is refused by the rule "${rule}"`)
  return read
}

/**
 * Checks a URL, and every address its name was resolved to: one bad address refuses them all. It asks no name server.
 * @param addresses what the name stands for, as the operating system writes addresses. @default none
 * @param network the operator's lists. @default none: public addresses only
 * @example
 * checkDestination('http://2130706433/') // { verdict: 'refuse', rule: 'loopback' }
 * checkDestination('https://hooks.example.com/', ['8.8.8.8', '10.0.0.1']) // { verdict: 'refuse', rule: 'private network' }
 */
export function checkDestination(
  url: string,
  addresses: readonly string[] = [],
  network: Network = publicOnly,
): Verdict {
  const read = readUrl(url)
  return verdictOf(read instanceof URL ? refusalOf(read, network, addresses) : `the URL ${read.rule}`)
}

/** Checks one IP address, as the operating system writes it. Anything else is refused. */
export function checkAddress(address: string, network: Network): Verdict {
  return verdictOf(addressRefusal(address, network))
}

/** Whether the operator allowed this exact name; such a name may stand in the hosts file only. */
export function isAllowedName(hostname: string, network: Network): boolean {
  return network.allow.names.has(bareName(hostname))
}

type BadUrl = { readonly code: 'URL_INVALID' | 'URL_USER_INFO'; readonly rule: string }

function readUrl(url: unknown): URL | BadUrl {
  const invalid = (rule: string): BadUrl => ({ code: 'URL_INVALID', rule })
  if (typeof url !== 'string') return invalid('is not a text')
  if (url.length > urlCharsMax) return invalid(`is longer than ${urlCharsMax} characters`)
  // The parser would drop or turn these quietly, and what was read would not be what was shown.
  if (/[\p{Cc}\s\\]/u.test(url)) return invalid('holds a blank, a control character or a backslash')
  if (!URL.canParse(url)) return invalid('cannot be read')
  const parsed = new URL(url)
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return invalid('is neither http nor https')
  // An empty user name leaves no trace in the parsed URL.
  if (/^[a-z]+:\/*[^/?#]*@/i.test(url)) return { code: 'URL_USER_INFO', rule: 'holds a user name or a password' }
  return parsed
}

function refusalOf(url: URL, network: Network, addresses: readonly string[]): string | undefined {
  if (network.httpsOnly && url.protocol !== 'https:') return 'plain http'
  if (url.port !== '' && blockedPorts.has(Number(url.port))) return 'blocked port'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) return firstRefusal([host, ...addresses], network)
  const name = bareName(host)
  if (network.deny.names.has(name)) return denied
  if (network.allow.names.has(name)) return addresses.some((address) => isDenied(address, network)) ? denied : undefined
  return nameRefusal(name) ?? firstRefusal(addresses, network)
}

function nameRefusal(name: string): string | undefined {
  if (name === 'localhost' || name.endsWith('.localhost')) return 'localhost'
  return name.includes('.') ? undefined : 'single label'
}

function firstRefusal(addresses: readonly string[], network: Network): string | undefined {
  for (const address of addresses) {
    const rule = addressRefusal(address, network)
    if (rule !== undefined) return rule
  }
  return undefined
}

function addressRefusal(address: string, network: Network): string | undefined {
  const family = isIP(address)
  if (family === 0) return 'not an address'
  if (address.includes('%')) return 'zone id'
  if (isDenied(address, network)) return denied
  return holds(network.allow, address) ? undefined : rangeRefusal(address)
}

function isDenied(address: string, network: Network): boolean {
  return holds(network.deny, address)
}

function verdictOf(rule: string | undefined): Verdict {
  return rule === undefined ? { verdict: 'allow' } : { verdict: 'refuse', rule }
}

const denied = 'denied by the operator'

/** The ports the Fetch standard refuses. */
const blockedPorts: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])
