import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HookwardError } from '../../src/domain/errors.ts'
import { encodeJson, nestingMax } from '../../src/policy/json.ts'

describe('encodeJson', () => {
  it.each([
    ['nothing inside', {}, '{}'],
    ['an empty list', [], '[]'],
    ['no blanks', { a: [1, true, null, 'x'], b: { c: 2 } }, '{"a":[1,true,null,"x"],"b":{"c":2}}'],
    ['keys in the order they were set', { z: 1, a: 2, m: 3 }, '{"z":1,"a":2,"m":3}'],
    ['a letter outside ASCII', 'é', '"\\u00e9"'],
    ['a character above U+FFFF as a surrogate pair', '😀', '"\\ud83d\\ude00"'],
    ['U+007F', '\u007f', '"\\u007f"'],
    ['the edges of what is left alone', ' ~', '" ~"'],
    ['half a surrogate pair', '\ud83d', '"\\ud83d"'],
    ['separators that break scripts', '\u2028\u2029', '"\\u2028\\u2029"'],
    [
      'control characters, in the short form where JSON has one',
      '\n\t\b\f\r\u0000\u001b',
      '"\\n\\t\\b\\f\\r\\u0000\\u001b"',
    ],
    ['quotes and backslashes', '"\\', '"\\"\\\\"'],
    ['a key outside ASCII', { ключ: 1 }, '{"\\u043a\\u043b\\u044e\\u0447":1}'],
    ['a key called __proto__', JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
    ['numbers as JavaScript writes them', [0, -0, 1.5, 1e21, 1e-7], '[0,0,1.5,1e+21,1e-7]'],
    ['NaN and the infinities as null', [NaN, Infinity, -Infinity], '[null,null,null]'],
    ['a Date as it says itself', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['a Date without a time as null', new Date(NaN), 'null'],
    [
      'a class with toJSON',
      new (class {
        toJSON = () => ({ a: 1 })
      })(),
      '{"a":1}',
    ],
    ['no property that is undefined', { a: undefined, b: 1, c: undefined }, '{"b":1}'],
    ['no property whose toJSON says undefined', { a: { toJSON: () => undefined }, b: 1 }, '{"b":1}'],
    ['a toJSON that is no function, as data', { toJSON: 1 }, '{"toJSON":1}'],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 }), '{"a":1}'],
    ['a plain object of another realm', runInNewContext('({ a: [1] })'), '{"a":[1]}'],
    ['the same object twice, side by side', ((o) => [o, o])({ a: 1 }), '[{"a":1},{"a":1}]'],
  ])('writes %s', (_, value: unknown, text) => {
    expect(encodeJson(value)).toBe(text)
  })

  it('tells toJSON the key it stands under', () => {
    const named = { toJSON: (key: string) => key }
    expect(encodeJson({ a: named, b: [named] })).toBe('{"a":"a","b":["0"]}')
  })

  it.each([
    ['a function', { a: () => 'SECRET' }, 'a is a function'],
    ['a symbol', { a: Symbol('SECRET') }, 'a is a symbol'],
    ['a bigint', { a: { b: 1234567890n } }, 'a.b is a bigint'],
    ['undefined in a list', { list: [1, undefined] }, 'list[1] is undefined'],
    ['a hole in a list', [, 1], '[0] is undefined'],
    ['undefined at the top', undefined, 'the value itself is undefined'],
    ['a Map', { a: new Map([['SECRET', 1]]) }, 'a is a Map'],
    ['a Set', { a: new Set(['SECRET']) }, 'a is a Set'],
    [
      'a class without toJSON',
      {
        a: new (class {
          field = 'SECRET'
        })(),
      },
      'a is an instance of a class without toJSON',
    ],
    ['bytes', { a: new Uint8Array(3) }, 'a is an instance of a class without toJSON'],
    ['an Error', { a: new Error('SECRET') }, 'a is an instance of a class without toJSON'],
    ['a boxed number', [new Number(1)], '[0] is an instance of a class without toJSON'],
    ['a class given by toJSON', { a: { toJSON: () => new Map() } }, 'a is a Map'],
    [
      'a toJSON that throws',
      {
        a: {
          toJSON: () => {
            throw new Error('SECRET')
          },
        },
      },
      'a is an object whose toJSON throws',
    ],
    [
      'a getter that throws',
      {
        a: {
          get b() {
            throw new Error('SECRET')
          },
        },
      },
      'a.b is a property that throws',
    ],
    ['a key that is no name', { 'a b': [{ 'x"': 1n }] }, '["a b"][0]["x\\""] is a bigint'],
  ])('refuses %s by its path, and never shows the value', (_, value: unknown, fact) => {
    const error = refusal(() => encodeJson(value))
    expect(error.code).toBe('EVENT_NOT_JSON')
    expect(error.message).toContain(`EVENT_NOT_JSON: ${fact}`)
    expect(error.message).not.toMatch(/SECRET|1234567890/)
    expect(error.cause).toBeUndefined()
  })

  it('refuses a cycle', () => {
    const loop: Record<string, unknown> = {}
    loop.again = [{ loop }]
    expect(refusal(() => encodeJson(loop)).message).toContain('again[0].loop is a cycle')
  })

  it('writes what is nested to the limit and refuses one level more', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
    expect(encodeJson(nested(nestingMax))).toHaveLength(2 * nestingMax + 1)
    expect(refusal(() => encodeJson(nested(nestingMax + 1))).message).toContain('deep')
  })

  it('shortens the path to 200 characters', () => {
    const { message } = refusal(() => encodeJson({ ['k'.repeat(500)]: { b: 1n } }))
    const path = /^EVENT_NOT_JSON: (.*) is a bigint/.exec(message)?.[1]
    expect(path).toHaveLength(200)
    expect(path).toMatch(/^k+\.\.\.$/)
  })

  it('stops at the limit of its length, however often a shared part repeats', () => {
    let doubled: unknown = 'x'
    for (let level = 0; level < 60; level += 1) doubled = [doubled, doubled]
    expect(refusal(() => encodeJson(doubled, 1_000)).code).toBe('EVENT_TOO_LARGE')
    expect(encodeJson('x'.repeat(8), 10)).toHaveLength(10)
    expect(refusal(() => encodeJson('x'.repeat(9), 10)).code).toBe('EVENT_TOO_LARGE')
  })

  it('gives ASCII that parses to the same as the ordinary JSON of the value', () => {
    const anyJson = fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 })
    const value = fc.oneof(anyJson, fc.object({ withDate: true, withNullPrototype: true, values: jsonLeaves() }))
    fc.assert(
      fc.property(value, (given) => {
        const text = encodeJson(given)
        expect(text).toMatch(/^[\x20-\x7e]*$/)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(given)))
      }),
    )
  })
})

function jsonLeaves(): fc.Arbitrary<unknown>[] {
  return [
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.date({ noInvalidDate: false }),
  ]
}

function refusal(run: () => unknown): HookwardError {
  try {
    run()
  } catch (error) {
    if (error instanceof HookwardError) return error
    throw error
  }
  throw new Error('it was not refused')
}
