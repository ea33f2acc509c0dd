import type { Command } from '../command.ts'

/** `hookward demo`. */
export const demo: Command = {
  name: 'demo',
  about: 'a story that ends by itself: a bad week under sentry, a letter, a new start; a bad hour under standard',
  json: { shape: 'DemoStep', isLines: true },
  run: async ({ flags, terminal }) => {
    const { tellDemo } = await import('../demo/demo.ts')
    await tellDemo(terminal, flags.isSet('json'))
    return {}
  },
}
