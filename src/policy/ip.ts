import { BlockList, isIP } from 'node:net'

/** The rule of the built-in ranges that refuses an address, or `undefined` for a public one. */
export function rangeRefusal(address: string): string | undefined {
  const inner = embeddedIPv4(address)
  if (inner !== undefined) return rulesV4.find(({ list }) => list.check(inner))?.rule
  return rulesV6.find(({ list }) => list.check(address, 'ipv6'))?.rule ?? outsideGlobalUnicast(address)
}

/** The IPv4 address itself, or the one inside a mapped or NAT64 address, in dotted form. */
export function embeddedIPv4(address: string): string | undefined {
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

/** Only 2000::/3 is handed out to the public; a list of bad ranges would let tomorrow's through. */
function outsideGlobalUnicast(address: string): string | undefined {
  return globalUnicast.check(address, 'ipv6') ? undefined : 'not a public IPv6 address'
}

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
