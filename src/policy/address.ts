import { BlockList, isIP } from 'node:net'
import { HookwardError } from '../domain/errors.ts'

/** What the operator adds to the built-in rules; make it with {@link createNetwork}. */
export interface Network {
  readonly allow: Entries
  readonly deny: Entries
}

/** One list of the operator: exact names in lower case, and addresses. */
export interface Entries {
  readonly names: ReadonlySet<string>
  /** Apart, because one list of both would let `::/0` stand for every IPv4 address too. */
  readonly addresses: { readonly v4: BlockList; readonly v6: BlockList }
}

/** Whether a place may be connected to. `rule` names why not, and never holds an address. */
export type Verdict =
  { readonly verdict: 'allow'; readonly rule?: undefined } | { readonly verdict: 'refuse'; readonly rule: string }

/** The longest URL that is taken, in characters. */
export const urlCharsMax = 2_048

/**
 * Reads the operator's lists: addresses, subnets (`10.1.0.0/16`) and exact names, at most 1,000 of each.
 * An allowed name lifts the rules for names and for its addresses, an allowed address the rules for addresses;
 * blocked ports stay refused. `deny` wins over everything. A malformed entry throws `OPTION_INVALID`.
 * @example createNetwork({ allow: ['127.0.0.0/8'], deny: ['old.example.com'] })
 */
export function createNetwork(lists: {
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
}): Network {
  return { allow: readEntries('allow', lists.allow ?? []), deny: readEntries('deny', lists.deny ?? []) }
}

/** Checks a URL at the door and gives it parsed; throws `URL_INVALID`, `URL_USER_INFO` or `URL_REFUSED`. */
export function parseDestination(url: unknown, network: Network): URL {
  const read = readUrl(url)
  if (!(read instanceof URL)) throw new HookwardError(read.code, `the URL ${read.rule}`)
  const rule = refusalOf(read, network, [])
  if (rule !== undefined) throw new HookwardError('URL_REFUSED', `the URL is refused by the rule "${rule}"`)
  return read
}

/** Checks a URL and every address its name was resolved to: one bad address refuses them all. */
export function checkDestination(url: string, network: Network, addresses: readonly string[] = []): Verdict {
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
  if (listed(address, network.allow.addresses)) return undefined
  const inner = embeddedIPv4(address)
  if (inner !== undefined) return rulesV4.find(({ list }) => list.check(inner))?.rule
  return rulesV6.find(({ list }) => list.check(address, 'ipv6'))?.rule ?? outsideGlobalUnicast(address)
}

/** Only 2000::/3 is handed out to the public; a list of bad ranges would let tomorrow's through. */
function outsideGlobalUnicast(address: string): string | undefined {
  return globalUnicast.check(address, 'ipv6') ? undefined : 'not a public IPv6 address'
}

function isDenied(address: string, network: Network): boolean {
  return listed(address, network.deny.addresses)
}

/** An entry counts for the address as written and for the IPv4 address inside it. */
function listed(address: string, { v4, v6 }: Entries['addresses']): boolean {
  const inner = embeddedIPv4(address)
  if (inner !== undefined && v4.check(inner)) return true
  return isIP(address) === 6 && v6.check(address, 'ipv6')
}

/** The IPv4 address itself, or the one inside a mapped or NAT64 address, in dotted form. */
function embeddedIPv4(address: string): string | undefined {
  if (isIP(address) === 4) return address
  if (isIP(address) === 0 || address.includes('%') || !carriesIPv4.check(address, 'ipv6')) return undefined
  const [high = 0, low = 0] = groupsOf(address).slice(-2)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The eight groups of an IPv6 address. The URL parser writes every spelling in the one short, hexadecimal form. */
function groupsOf(address: string): readonly number[] {
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head = [], tail = []] = short.split('::').map((half) => half.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail].map((group) => parseInt(group, 16))
}

function bareName(hostname: string): string {
  return hostname.toLowerCase().replace(/\.+$/, '')
}

function verdictOf(rule: string | undefined): Verdict {
  return rule === undefined ? { verdict: 'allow' } : { verdict: 'refuse', rule }
}

function readEntries(list: string, entries: readonly string[]): Entries {
  if (entries.length > 1_000) throw new HookwardError('OPTION_INVALID', `network.${list} has more than 1000 entries`)
  const names = new Set<string>()
  const addresses = { v4: new BlockList(), v6: new BlockList() }
  for (const [index, entry] of entries.entries())
    if (!addAddress(addresses, entry) && !addName(names, entry))
      throw new HookwardError(
        'OPTION_INVALID',
        `network.${list}[${index}] is neither an address, a subnet nor an exact name`,
      )
  return { names, addresses }
}

function addAddress({ v4, v6 }: Entries['addresses'], entry: string): boolean {
  const parts = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(entry)
  const address = parts?.[1] ?? ''
  const family = isIP(address)
  const widest = family === 4 ? 32 : 128
  const prefix = Number(parts?.[2] ?? widest)
  if (family === 0 || prefix > widest) return false
  if (family === 4) v4.addSubnet(address, prefix)
  else v6.addSubnet(address, prefix, 'ipv6')
  // Mapped addresses are judged by the IPv4 inside them, so an entry written that way must say the same.
  const inner = embeddedIPv4(address)
  if (family === 6 && inner !== undefined && prefix >= 96) v4.addSubnet(inner, prefix - 96)
  return true
}

function addName(names: Set<string>, entry: string): boolean {
  const name = URL.canParse(`http://${entry}/`) ? new URL(`http://${entry}/`).hostname : ''
  const wellFormed = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/
  // A port, a path or a short spelling of an address is taken for what it is: a slip.
  if (/[:/?#@\\\s]/.test(entry) || isIP(name) !== 0 || !wellFormed.test(name)) return false
  names.add(bareName(name))
  return true
}

const denied = 'denied by the operator'

/** The ports the Fetch standard refuses. */
const blockedPorts: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])

const carriesIPv4 = subnets('::ffff:0:0/96', '64:ff9b::/96')
const globalUnicast = subnets('2000::/3')
const rulesV4 = [
  { rule: 'loopback', list: subnets('127.0.0.0/8') },
  { rule: 'private network', list: subnets('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16') },
  { rule: 'link-local', list: subnets('169.254.0.0/16') },
  { rule: 'carrier-grade NAT', list: subnets('100.64.0.0/10') },
  { rule: 'cloud platform', list: subnets('168.63.129.16/32') },
  { rule: 'this network', list: subnets('0.0.0.0/8') },
  { rule: 'documentation', list: subnets('192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24') },
  { rule: 'special purpose', list: subnets('192.0.0.0/24', '192.88.99.0/24', '198.18.0.0/15') },
  { rule: 'multicast', list: subnets('224.0.0.0/4') },
  { rule: 'reserved', list: subnets('240.0.0.0/4') },
] as const
const rulesV6 = [
  { rule: 'loopback', list: subnets('::1/128') },
  { rule: 'private network', list: subnets('fc00::/7') },
  { rule: 'link-local', list: subnets('fe80::/10') },
  { rule: 'multicast', list: subnets('ff00::/8') },
  { rule: 'documentation', list: subnets('2001:db8::/32', '3fff::/20') },
  { rule: 'special purpose', list: subnets('2001::/23', '2002::/16') },
] as const

function subnets(...entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    list.addSubnet(address, Number(prefix), isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}
