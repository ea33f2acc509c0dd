import { BlockList, isIP } from 'node:net'
import { HookwardError } from '../domain/errors.ts'
import { embeddedIPv4 } from './ip.ts'

/** What the operator adds to the built-in rules; make it with {@link createNetwork}. */
export interface Network {
  readonly allow: Entries
  readonly deny: Entries
  /** Plain http is refused. */
  readonly httpsOnly: boolean
}

/** One list of the operator: exact names in lower case, and addresses. */
export interface Entries {
  readonly names: ReadonlySet<string>
  /** Apart, because one list of both would let `::/0` stand for every IPv4 address too. */
  readonly addresses: { readonly v4: BlockList; readonly v6: BlockList }
}

/**
 * Reads the operator's lists: addresses, subnets (`10.1.0.0/16`) and exact names, at most 1,000 of each.
 * An allowed name lifts the rules for names and for its addresses, an allowed address the rules for addresses;
 * blocked ports stay refused. `deny` wins over everything. A malformed entry throws `OPTION_INVALID`.
 * @example createNetwork({ allow: ['127.0.0.0/8'], deny: ['old.example.com'] })
 */
export function createNetwork(lists: NetworkLists = {}): Network {
  const { allow = [], deny = [], httpsOnly = false } = lists
  return { allow: readEntries('allow', allow), deny: readEntries('deny', deny), httpsOnly }
}

/** What the operator may say. */
export interface NetworkLists {
  /** Addresses, subnets and exact names that may be reached whatever the rules say. @default none */
  readonly allow?: readonly string[]
  /** The same, refused whatever else allows them. @default none */
  readonly deny?: readonly string[]
  /** Refuses plain http. @default false */
  readonly httpsOnly?: boolean
}

/** A name as names are compared: lower case, no final dots. */
export function bareName(hostname: string): string {
  return hostname.toLowerCase().replace(/\.+$/, '')
}

/** An entry counts for the address as written and for the IPv4 address inside it. */
export function holds({ addresses: { v4, v6 } }: Entries, address: string): boolean {
  const inner = embeddedIPv4(address)
  if (inner !== undefined && v4.check(inner)) return true
  return isIP(address) === 6 && v6.check(address, 'ipv6')
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

/** The built-in rules and nothing else: public addresses, http and https. */
export const publicOnly: Network = createNetwork()
