/** Ways to write a place. By rule: the hosts, as they stand in `http://HOST/`, that are refused without any look-up. */
export const refusedHosts: Readonly<Record<string, string>> = {
  loopback:
    '127.0.0.1 127.0.0.1. 127.1 127.0.1 127.000.000.001 0177.1 0x7f.0.0.1 0x7F.1 0x7f.0x0.0x0.0x1 0x7f000001 ' +
    '0X7F000001 2130706433 2130706433. 017700000001 0177.0.0.1 0177.0.0.01 0177.0x0.0.1 127.0x1 127.255.255.254 ' +
    '127.99 １２７.0.0.1 １２７．０．０．１ 127。0。0。1 127｡0｡0｡1 ①②⑦.0.0.1 127.0.0.① %31%32%37.0.0.1 ' +
    '127%2E0%2E0%2E1 127.0.0.%31 127.0.0.1:8080 127.0.0.1:0080 [::1] [0:0:0:0:0:0:0:1] [0000::0001] [::0001] ' +
    '[::1]:8080 [0::1] [::ffff:127.0.0.1] [::FFFF:127.0.0.1] [::ffff:7f00:1] [::ffff:7f00:0001] ' +
    '[0:0:0:0:0:ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [0064:ff9b::7f00:0001]',
  'private network':
    '10.0.0.1 10.1 10.0x1 012.0.0.1 0xa.0.0.1 0x0a000001 167772161 01200000001 10.255.255.255 172.16.0.1 172.31.255.254 ' +
    '0xac.0x10.0.1 2886729729 0254.020.0.1 172.1048577 192.168.0.1 192.168.1 0xc0.0xa8.0.1 0xc0a80001 3232235521 ' +
    '0300.0250.0.1 192.11010049 １０.0.0.1 １９２.１６８.0.1 [::ffff:10.0.0.1] [::ffff:a00:1] [::ffff:192.168.0.1] ' +
    '[::ffff:c0a8:1] [::ffff:172.16.0.1] [64:ff9b::10.0.0.1] [64:ff9b::a00:1] [64:ff9b::192.168.0.1] [fc00::1] ' +
    '[fd00::1] [FD12:3456:789a::1] [fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff] [fd00:ec2::254] [fc00:0:0:0:0:0:0:1]',
  'link-local':
    '169.254.169.254 169.254.0.1 169.254.43518 0xa9fea9fe 0xa9.0xfe.0xa9.0xfe 2852039166 0251.0376.0251.0376 ' +
    '025177524776 169.0xfea9fe １６９.２５４.１６９.２５４ 169。254。169。254 169.254.169.254. 169.254.169.254:80 ' +
    '169.254.170.2 [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [64:ff9b::169.254.169.254] [64:ff9b::a9fe:a9fe] ' +
    '[fe80::1] [FE80::1] [febf::1] [fe80::a9fe:a9fe] [fe90::1]',
  'carrier-grade NAT':
    '100.64.0.1 100.100.100.200 100.127.255.254 1684301000 0x64.0x64.25700 0144.0100.0.1 ' +
    '[::ffff:100.100.100.200] [::ffff:6440:1] [64:ff9b::100.64.0.1]',
  'cloud platform': '168.63.129.16 0xa83f8110 2822734096 0250.077.0201.020 [::ffff:168.63.129.16] [::ffff:a83f:8110]',
  'this network':
    '0 0.0.0.0 0. 00 0x0 0x0.0 000000000000 0.1 0.0.0.0:8080 [::ffff:0.0.0.0] [::ffff:0:0] [::ffff:0:1] ０',
  documentation: '192.0.2.1 198.51.100.7 203.0.113.9 0xcb007109 [2001:db8::1] [2001:0DB8::1] [3fff::1] [3fff:fff::1]',
  'special purpose':
    '192.0.0.1 192.0.0.170 192.88.99.1 198.18.0.1 198.19.255.254 0xc6120001 [2001::1] [2001:0:7f00:1::] [2001:10::1] ' +
    '[2001:20::1] [2002:7f00:1::] [2002:a00:1::1] [2002::1] [2001:1::1]',
  multicast: '224.0.0.1 239.255.255.250 0xe0000001 [ff02::1] [FF0E::1] [::ffff:224.0.0.1]',
  reserved: '240.0.0.1 255.255.255.255 4294967295 0xffffffff 255.1 037777777777 [::ffff:255.255.255.255]',
  'not a public IPv6 address':
    '[::] [0::0] [::127.0.0.1] [::7f00:1] [::10.0.0.1] [::a9fe:a9fe] [64:ff9b:1::1] [64:ff9b:1::7f00:1] [100::1] ' +
    '[1fff::1] [4000::1] [5f00::1] [fec0::1] [::fffe:7f00:1] [::ffff:0:127.0.0.1] [0:0:0:1::1] [e000::1]',
  localhost:
    'localhost LOCALHOST localhost. localhost.. app.localhost a.b.localhost. ｌｏｃａｌｈｏｓｔ loc%61lhost ⓛocalhost ' +
    'loca\u00ADlhost localhost:8080 LocalHost.:8080 _.localhost',
  'single label': 'intranet intranet. metadata router a INTRANET:8080 kubernetes db_1 xn--bcher-kva',
  'blocked port':
    '8.8.8.8:22 8.8.8.8:25 8.8.8.8:0 hooks.example.com:6667 hooks.example.com:6000 hooks.example.com:2049 ' +
    '[2606:4700::1111]:25 hooks.example.com:00025 hooks.example.com:110 8.8.8.8:143 8.8.8.8:993 8.8.8.8:10080 8.8.8.8:23',
}

/** Whole texts that are no URL we take, whatever stands behind them. */
export const unreadable: readonly string[] = [
  'http://[fe80::1%25eth0]/',
  'http://[fe80::1%eth0]/',
  'http://[::1]x/',
  'http://[::1',
  'http://127.0.0.1\\@example.com/',
  'http://example.com\\@127.0.0.1/',
  'http:\\\\127.0.0.1/',
  'http://127.0.0.1 /',
  ' http://127.0.0.1/',
  'http://127.0.0.1/\u0000',
  'ht\ntp://127.0.0.1/',
  'http://127.0.0\u0009.1/',
  'http://example.com@10.0.0.1/',
  'http://10.0.0.1@example.com/',
  'http://user:pass@example.com/',
  'http://@127.0.0.1/',
  'http:user@127.0.0.1/',
  'http://%40127.0.0.1/',
  'http://256.0.0.1/',
  'http://1.2.3.4.5/',
  'http://127.0.0.1:99999/',
  'http://4294967296/',
  'http://0x100000000/',
  'http://127.0.0.08/',
  'http://[::ffff:127.0.0.256]/',
  'http://[1::2::3]/',
  'http:///',
  '//127.0.0.1/',
  '127.0.0.1',
  'ftp://example.com/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_x',
  'javascript:alert(1)',
  'data:text/plain,x',
  'ws://example.com/',
  'unix:/var/run/docker.sock',
  '',
]

/** Hosts that only look dangerous, and public addresses however they are written. */
export const allowedHosts: string =
  '8.8.8.8 010.8.8.8 134744072 0x08080808 8.8.2056 8.8.8.8. [2606:4700:4700::1111] [2606:4700:4700:0::1111] ' +
  '[::ffff:8.8.8.8] [::ffff:808:808] [64:ff9b::8.8.8.8] 172.32.0.1 172.15.255.255 11.0.0.1 126.255.255.255 128.0.0.1 ' +
  '169.253.255.255 169.255.0.1 192.167.255.255 192.169.0.1 100.63.255.255 100.128.0.1 168.63.129.15 168.63.129.17 ' +
  '198.17.255.255 198.20.0.1 223.255.255.255 192.0.1.1 192.0.3.1 [2000::1] [2001:200::1] [2001:db9::1] [2003::1] ' +
  '[3ffe::1] [3fff:1000::1] 127.0.0.1.example.com 10.0.0.1.nip.example localhost.example.com xlocalhost.com ' +
  'hooks.example.com hooks.example.com. HOOKS.EXAMPLE.COM hooks.example.com:8443 bücher.example 0x7f.example ' +
  'a-b.example _dmarc.example.com 127.0.0.1.x.io'

/** Names, what a name server says of them, and the rule that refuses; none: they may be reached. */
export const answered: readonly (readonly [answers: string, rule?: string])[] = [
  ['8.8.8.8'],
  ['8.8.8.8 1.1.1.1 2606:4700::1111'],
  ['::ffff:8.8.8.8'],
  ['8.8.8.8 10.0.0.1', 'private network'],
  ['10.0.0.1 8.8.8.8', 'private network'],
  ['8.8.8.8 ::1', 'loopback'],
  ['8.8.8.8 127.0.0.1', 'loopback'],
  ['8.8.8.8 ::ffff:127.0.0.1', 'loopback'],
  ['8.8.8.8 ::ffff:a9fe:a9fe', 'link-local'],
  ['2606:4700::1111 fe80::1', 'link-local'],
  ['2606:4700::1111 fe80::1%eth0', 'zone id'],
  ['0.0.0.0', 'this network'],
  ['::', 'not a public IPv6 address'],
  ['169.254.169.254', 'link-local'],
  ['64:ff9b::a00:1', 'private network'],
  ['100.64.0.1', 'carrier-grade NAT'],
  ['8.8.8.8 255.255.255.255', 'reserved'],
  ['2002:7f00:1::', 'special purpose'],
  ['localhost', 'not an address'],
  ['127.1', 'not an address'],
]
