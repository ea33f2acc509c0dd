import { describe, expect, it } from 'vitest'
import { bareUrl } from '../../src/policy/shown-url.ts'

describe('A URL as people are shown it', () => {
  it.each([
    ['https://hooks.example.com/acme-bot', 'https://hooks.example.com/acme-bot'],
    ['https://hooks.example.com', 'https://hooks.example.com/'],
    ['https://hooks.example.com:8443/a/b/', 'https://hooks.example.com:8443/a/b/'],
    ['https://hooks.example.com/?token=one', 'https://hooks.example.com/'],
    ['https://hooks.example.com/hook?token=one&b=/two', 'https://hooks.example.com/hook'],
    [
      'https://hooks.example.com/services/T012AB/B34/8f14e45fceea167a5a36dedd',
      'https://hooks.example.com/services/T012AB/B34/8f14...',
    ],
    ['https://hooks.example.com/6109c3e6-d40b-49b0-9968-d0e86e0ce7c9/in?x', 'https://hooks.example.com/6109.../in'],
    [
      'https://hooks.example.com/the-receiver-of-all-invoices',
      'https://hooks.example.com/the-receiver-of-all-invoices',
    ],
    ['https://user:word@hooks.example.com/a#b', 'https://hooks.example.com/a'],
    ['no URL at all?token=one', 'no URL at all'],
    ['https://a1b2c3d4e5f6a7b8c9d0e1f2.example.com/x', 'https://a1b2c3d4e5f6a7b8c9d0e1f2.example.com/x'],
  ])('%s is shown as %s', (url, shown) => {
    expect(bareUrl(url)).toBe(shown)
  })
})
