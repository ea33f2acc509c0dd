import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HookwardError } from '../../src/domain/errors.ts'
import { checkAddress, checkDestination, isAllowedName, parseDestination } from '../../src/policy/address.ts'
import { urlCharsMax } from '../../src/policy/address.ts'
import { createNetwork } from '../../src/policy/network.ts'
import { allowedHosts, answered, refusedHosts, unreadable } from './spellings.ts'

const plain = createNetwork({})
const refuse = (rule: string) => ({ verdict: 'refuse', rule })
const allow = { verdict: 'allow' }

describe('the table of the delivery rules', () => {
  it.each([
    ['http://127.0.0.1:8080/', [], 'loopback'],
    ['http://2130706433/', [], 'loopback'],
    ['http://0x7f.1/', [], 'loopback'],
    ['http://１２７.0.0.1/', [], 'loopback'],
    ['http://169.254.169.254/latest/', [], 'link-local'],
    ['http://100.100.100.200/', [], 'carrier-grade NAT'],
    ['http://[::ffff:a9fe:a9fe]/', [], 'link-local'],
    ['http://[::127.0.0.1]/', [], 'not a public IPv6 address'],
    ['http://[64:ff9b::a00:1]/', [], 'private network'],
    ['http://[fe80::1%25eth0]/', [], 'the URL cannot be read'],
    ['http://example.com@10.0.0.1/', [], 'the URL holds a user name or a password'],
    ['http://app.localhost./', ['8.8.8.8'], 'localhost'],
    ['https://hooks.example.com/', ['8.8.8.8', '10.0.0.1'], 'private network'],
    ['http://8.8.8.8:25/', [], 'blocked port'],
  ])('refuses %s with the answers %j: %s', (url, answers, rule) => {
    expect(checkDestination(url, answers, plain)).toEqual(refuse(rule))
  })

  it.each([
    ['https://hooks.example.com:8443/a', ['93.184.216.34']],
    ['http://010.8.8.8/', []],
    ['http://127.0.0.1.example.com/', ['1.1.1.1']],
    ['http://172.32.0.1/', []],
    ['http://[2606:4700:4700::1111]/', []],
  ])('allows %s with the answers %j', (url, answers) => {
    expect(checkDestination(url, answers, plain)).toEqual(allow)
  })
})

describe('checkAddress', () => {
  it.each([
    ['loopback', ['127.0.0.0', '127.255.255.255', '::1', '::ffff:127.0.0.1']],
    [
      'private network',
      ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255', 'fd00::1'],
    ],
    ['link-local', ['169.254.0.0', '169.254.255.255', 'fe80::1', 'febf::1']],
    ['carrier-grade NAT', ['100.64.0.0', '100.127.255.255']],
    ['cloud platform', ['168.63.129.16']],
    ['this network', ['0.0.0.0', '0.255.255.255']],
    ['documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.255', '2001:db8::1', '3fff::1', '3fff:fff::1']],
    ['special purpose', ['192.0.0.1', '192.88.99.1', '198.18.0.0', '198.19.255.255', '2001::1', '2002:7f00:1::']],
    ['multicast', ['224.0.0.0', '239.255.255.255', 'ff02::1']],
    ['reserved', ['240.0.0.0', '255.255.255.255']],
    ['not a public IPv6 address', ['::', '::7f00:1', '64:ff9b:1::1', '100::1', '1fff::1', '4000::1', 'fec0::1']],
    ['zone id', ['fe80::1%eth0', '2606:4700::1%1']],
    ['not an address', ['', 'localhost', '127.1', '8.8.8.8:80', '[::1]', ' 8.8.8.8']],
  ])('refuses %s: %j', (rule, addresses) => {
    for (const address of addresses) expect([address, checkAddress(address, plain)]).toEqual([address, refuse(rule)])
  })

  it('allows the neighbours of every refused range', () => {
    const neighbours =
      '1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15 ' +
      '168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.88.98.255 ' +
      '192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 ' +
      '203.0.114.0 223.255.255.255 2000::1 2001:200::1 2001:db7:ffff::1 2001:db9::1 2001:ffff::1 2003::1 3ffe::1 ' +
      '3fff:1000::1 ::ffff:8.8.8.8 64:ff9b::808:808'
    const refused = neighbours.split(' ').filter((address) => checkAddress(address, plain).verdict === 'refuse')
    expect(refused).toEqual([])
  })

  it.each(['::ffff:10.0.0.1', '::ffff:a00:1', '0:0:0:0:0:FFFF:0A00:0001', '64:ff9b::10.0.0.1', '64:FF9B::A00:1'])(
    'judges %s by the IPv4 address inside it',
    (address) => {
      expect(checkAddress(address, plain)).toEqual(refuse('private network'))
      expect(checkAddress(address, createNetwork({ allow: ['10.0.0.1'] }))).toEqual(allow)
    },
  )
})

describe('checkDestination', () => {
  it.each([
    ['http://localhost/', 'localhost'],
    ['http://LOCALHOST./', 'localhost'],
    ['http://loc\u00ADalhost/', 'localhost'],
    ['http://intranet/', 'single label'],
    ['http://intranet./', 'single label'],
    ['http://0/', 'this network'],
    ['http://[::]/', 'not a public IPv6 address'],
    ['http://[::1]:8080/', 'loopback'],
    ['http://hooks.example.com:0/', 'blocked port'],
    ['http://hooks.example.com:6667/', 'blocked port'],
    ['http://hooks.example.com:10080/', 'blocked port'],
    ['https://hooks.example.com:22/', 'blocked port'],
  ])('refuses %s: %s', (url, rule) => {
    expect(checkDestination(url, ['8.8.8.8'], plain)).toEqual(refuse(rule))
  })

  it('refuses a name when any one of its answers is bad, wherever that stands', () => {
    const answers = ['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111']
    expect(checkDestination('https://hooks.example.com/', answers, plain)).toEqual(allow)
    for (let at = 0; at <= answers.length; at += 1)
      expect(checkDestination('https://hooks.example.com/', answers.toSpliced(at, 0, '::1'), plain)).toEqual(
        refuse('loopback'),
      )
  })

  it('checks the peer of a literal address as well', () => {
    expect(checkDestination('http://8.8.8.8/', ['127.0.0.1'], plain)).toEqual(refuse('loopback'))
  })

  it('never holds an address in its rule', () => {
    const urls = ['http://127.0.0.1/', 'http://10.0.0.1@[::1]/', 'http://10.0.0.1:25/', 'http://[fe80::1]/', 'http://[']
    for (const url of urls) expect(checkDestination(url, [], plain).rule).toMatch(/^[a-zA-Z0-9 -]+$/)
    expect(checkDestination('http://127.0.0.1/', [], plain).rule).not.toMatch(/\d/)
  })
})

describe('parseDestination', () => {
  it('gives the parsed URL, in the one spelling that is stored', () => {
    expect(parseDestination('HTTPS://Hooks.Example.COM:443/a/../b?c=d', plain).href).toBe(
      'https://hooks.example.com/b?c=d',
    )
  })

  it.each([
    ['something that is no text', 7],
    ['nothing', undefined],
    ['an empty text', ''],
    ['a path', '/hook'],
    ['another scheme', 'ftp://example.com/'],
    ['a script', 'javascript:alert(1)'],
    ['a file', 'file:///etc/passwd'],
    ['a blank in front', ' https://example.com/'],
    ['a line break inside', 'https://exa\nmple.com/'],
    ['a null byte', 'https://example.com/\0'],
    ['a backslash', 'https://example.com\\@10.0.0.1/'],
    ['no host', 'https://'],
    ['a bad port', 'https://example.com:99999/'],
  ])('refuses %s as no URL', (_what, url) => {
    expect(() => parseDestination(url, plain)).toThrow(/^URL_INVALID: the URL /)
  })

  it.each([
    'https://user@example.com/',
    'https://user:s3cret@example.com/',
    'https://@example.com/',
    'https://:@example.com/',
    'https:user@example.com/',
    'HTTPS:////user@example.com/',
  ])('refuses %s for its user info, and never quotes it', (url) => {
    expect(() => parseDestination(url, plain)).toThrow(/^URL_USER_INFO: (?!.*(s3cret|example))/)
  })

  it('takes an @ in the path, the query and the fragment', () => {
    for (const tail of ['/@me', '/a@b', '?to=a@b', '#a@b'])
      expect(() => parseDestination(`https://example.com${tail}`, plain)).not.toThrow()
  })

  it('names the rule that refuses the place', () => {
    expect(() => parseDestination('http://10.0.0.1/', plain)).toThrow(
      /^URL_REFUSED: the URL is refused by the rule "private network"/,
    )
  })

  it(`takes ${urlCharsMax} characters and not one more`, () => {
    const url = 'https://example.com/'.padEnd(urlCharsMax, 'a')
    expect(parseDestination(url, plain).href).toBe(url)
    expect(() => parseDestination(`${url}a`, plain)).toThrow(/^URL_INVALID/)
  })
})

describe("the operator's lists", () => {
  it('lift the rules for an allowed subnet, and for nothing beside it', () => {
    const network = createNetwork({ allow: ['127.0.0.0/8', 'fd00::/8'] })
    expect(checkAddress('127.9.9.9', network)).toEqual(allow)
    expect(checkAddress('::ffff:127.0.0.1', network)).toEqual(allow)
    expect(checkAddress('fd12::1', network)).toEqual(allow)
    expect(checkAddress('::1', network)).toEqual(refuse('loopback'))
    expect(checkAddress('10.0.0.1', network)).toEqual(refuse('private network'))
    expect(checkDestination('http://localhost/', [], network)).toEqual(refuse('localhost'))
  })

  it('let a deny entry win over an allow entry', () => {
    const network = createNetwork({ allow: ['10.0.0.0/8', 'a.internal'], deny: ['10.0.0.1', 'a.internal', '8.8.8.8'] })
    expect(checkAddress('10.0.0.2', network)).toEqual(allow)
    expect(checkAddress('10.0.0.1', network)).toEqual(refuse('denied by the operator'))
    expect(checkAddress('::ffff:8.8.8.8', network)).toEqual(refuse('denied by the operator'))
    expect(checkDestination('http://A.internal./', [], network)).toEqual(refuse('denied by the operator'))
  })

  it('lift the rules for an allowed name and its addresses, but neither a blocked port nor a denied address', () => {
    const network = createNetwork({ allow: ['intranet', 'Hooks.Internal'], deny: ['10.0.0.66'] })
    expect(checkDestination('http://intranet/', ['10.0.0.1'], network)).toEqual(allow)
    expect(checkDestination('http://hooks.internal./', ['127.0.0.1'], network)).toEqual(allow)
    expect(checkDestination('http://intranet:25/', [], network)).toEqual(refuse('blocked port'))
    expect(checkDestination('http://intranet/', ['10.0.0.66'], network)).toEqual(refuse('denied by the operator'))
    expect(checkDestination('http://sub.hooks.internal/', ['10.0.0.1'], network)).toEqual(refuse('private network'))
  })

  it('keep the two families apart: all of IPv6 says nothing about IPv4', () => {
    expect(checkAddress('10.0.0.1', createNetwork({ allow: ['::/0'] }))).toEqual(refuse('private network'))
    expect(checkAddress('8.8.8.8', createNetwork({ deny: ['::/0'] }))).toEqual(allow)
    expect(checkAddress('2606:4700::1', createNetwork({ deny: ['0.0.0.0/0'] }))).toEqual(allow)
  })

  it('read an entry in mapped form as the IPv4 subnet inside it', () => {
    const network = createNetwork({ allow: ['::ffff:10.1.0.0/112'] })
    expect(checkAddress('10.1.2.3', network)).toEqual(allow)
    expect(checkAddress('10.2.0.1', network)).toEqual(refuse('private network'))
  })

  it('know the exact names that may stand in the hosts file only', () => {
    const network = createNetwork({ allow: ['Intranet', 'bücher.example', '10.0.0.1'] })
    expect(isAllowedName('INTRANET.', network)).toBe(true)
    expect(isAllowedName('xn--bcher-kva.example', network)).toBe(true)
    expect(isAllowedName('10.0.0.1', network)).toBe(false)
    expect(isAllowedName('x.intranet', network)).toBe(false)
  })

  it.each([
    '',
    'a b',
    '*.example.com',
    'https://example.com',
    'example.com:80',
    'example.com/8',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/-1',
    '10.0.0',
    '127.1',
    '2130706433',
    '0x7f.1',
    'fe80::1%eth0',
    '[::1]',
    'user@example.com',
    'a..b',
    '-a.example',
  ])('refuse the entry %j', (entry) => {
    expect(() => createNetwork({ deny: [entry] })).toThrow(
      'OPTION_INVALID: network.deny[0] is neither an address, a subnet nor an exact name',
    )
  })

  it('take 1,000 entries and not one more', () => {
    const entries = Array.from({ length: 1_000 }, (_, i) => `h${i}.example`)
    expect(isAllowedName('h999.example', createNetwork({ allow: entries }))).toBe(true)
    expect(() => createNetwork({ allow: [...entries, 'one.example'] })).toThrow(
      'OPTION_INVALID: network.allow has more than 1000 entries',
    )
  })
})

describe('every spelling', () => {
  const network = createNetwork()
  const rules = Object.entries(refusedHosts).flatMap(([rule, hosts]) => hosts.split(' ').map((host) => [host, rule]))

  it.each(rules)('of a place that is refused: %s (%s)', (host, rule) => {
    expect(checkDestination(`http://${host}/`)).toEqual(refuse(rule))
    expect(() => parseDestination(`https://${host}/`, network)).toThrow(/^URL_REFUSED/)
  })

  it.each(unreadable)('that is no URL: %j', (url) => {
    expect(checkDestination(url).rule).toMatch(/^the URL /)
    expect(() => parseDestination(url, network)).toThrow(/^URL_(INVALID|USER_INFO)/)
  })

  it.each(allowedHosts.split(' '))('of a public place: %s', (host) => {
    expect(checkDestination(`http://${host}/`)).toEqual(allow)
    expect(() => parseDestination(`http://${host}/`, network)).not.toThrow()
  })

  it.each(answered)('of an answer: %s (%s)', (answers, rule) => {
    expect(checkDestination('https://hooks.example.com/', (answers as string).split(' '))).toEqual(
      rule === undefined ? allow : refuse(rule),
    )
  })

  it('is counted', () => {
    expect(rules.length + unreadable.length + allowedHosts.split(' ').length + answered.length).toBeGreaterThan(300)
  })
})

describe('fuzzed URLs', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.ipV4Extended(), fc.ipV6(), fc.domain())
  const url = fc
    .tuple(fc.constantFrom('http://', 'https://', 'http:', '', 'HTTP://['), texts)
    .map((parts) => parts.join(''))

  it('are judged without a throw, and alike at the door and when dialling', () => {
    fc.assert(
      fc.property(url, fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())), (given, addresses) => {
        const { verdict } = checkDestination(given, addresses)
        const atTheDoor = checkDestination(given).verdict
        if (atTheDoor === 'refuse') expect(verdict).toBe('refuse')
        const parsed = attempted(() => parseDestination(given, plain))
        expect(parsed instanceof URL ? 'allow' : 'refuse').toBe(atTheDoor)
        // What is stored is judged as what was given.
        if (parsed instanceof URL) expect(checkDestination(parsed.href, addresses).verdict).toBe(verdict)
      }),
      { numRuns: 2_000 },
    )
  })

  it('never lead to an IPv4 address inside the private ranges, however it is written', () => {
    const octet = (value: number) =>
      fc.constantFrom(String(value), `0x${value.toString(16)}`, `0${value.toString(8)}`, `0x0${value.toString(16)}`)
    const inside = fc.constantFrom(10, 127, 0).chain((first) =>
      fc
        .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }))
        .chain((rest) =>
          fc.oneof(
            fc.tuple(octet(first), ...rest.map(octet)).map((parts) => parts.join('.')),
            fc.constant(String(first * 2 ** 24 + rest[0] * 65_536 + rest[1] * 256 + rest[2])),
            fc.constant(`[::ffff:${[first, ...rest].join('.')}]`),
            fc.constant(`[64:ff9b::${[first, ...rest].join('.')}]`),
          ),
        ),
    )
    fc.assert(
      fc.property(inside, (host) => {
        expect(checkDestination(`http://${host}/`).verdict).toBe('refuse')
      }),
      { numRuns: 2_000 },
    )
  })
})

function attempted<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    expect(error).toBeInstanceOf(HookwardError)
    return undefined
  }
}
