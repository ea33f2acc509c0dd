import { checkFields, checkList, checkText, refuse } from '../policy/check.ts'
import { createNetwork, type Network } from '../policy/network.ts'
import { option } from './option-checks.ts'

/** Where attempts may go besides public addresses. */
export interface NetworkOptions {
  /** Addresses, subnets (`127.0.0.0/8`) and exact names that are allowed: at most 1,000. @default none */
  readonly allow?: readonly string[]
  /** The same, refused whatever else allows them. @default none */
  readonly deny?: readonly string[]
  /** Refuses plain http, at the door and when sending. @default false */
  readonly httpsOnly?: boolean
  /**
   * An egress proxy, `http://user:password@proxy.example:3128`: every connection goes through a tunnel that it opens
   * (`CONNECT`). It is trusted and looks names up itself; literal addresses and names are still checked. @default none
   */
  readonly proxy?: string
}

/** Reads the option `network`; what is impossible or unknown throws `OPTION_INVALID`. */
export function readNetwork(value: unknown): Network {
  if (value === undefined) return createNetwork()
  const { allow = [], deny = [], httpsOnly = false } = checkFields(value, option('network'), networkFields)
  const entries = (list: unknown, name: string) =>
    checkList(list, option(name), 1_000).map((entry, index) => checkText(entry, option(`${name}[${index}]`), 253))
  if (typeof httpsOnly !== 'boolean') return refuse(option('network.httpsOnly'), 'must be true or false')
  return createNetwork({
    allow: entries(allow, 'network.allow'),
    deny: entries(deny, 'network.deny'),
    httpsOnly,
  })
}

/** Reads the option `network.proxy`. */
export function readProxy(value: unknown): { readonly proxy?: string } {
  const { proxy } = (value ?? {}) as NetworkOptions
  return proxy === undefined ? {} : { proxy: checkText(proxy, option('network.proxy'), 2_048) }
}

const networkFields = ['allow', 'deny', 'httpsOnly', 'proxy'] as const
