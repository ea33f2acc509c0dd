import type { Command } from '../command.ts'

/** `hookward dev`. */
export const dev: Command = {
  name: 'dev',
  about: 'a playground: an engine, a receiver switched by keys, an inbox and the dashboard, on loopback',
  flags: {
    port: { kind: 'number', about: 'of the dashboard (4774); 0 takes any' },
    broken: { kind: 'boolean', about: 'begin with a past: the receiver has failed for two hours' },
    policy: { kind: ['standard', 'sentry'], about: 'who judges (standard)' },
    speed: { kind: 'number', about: 'so many seconds pass in a real one, 1 to 600 (60; with --broken 1)' },
    every: {
      kind: 'number',
      value: 'MS',
      about: 'an event every so many milliseconds; 0 none (1000; with --broken 0)',
    },
    store: { kind: 'text', value: 'DIR', about: 'keep everything in this folder; otherwise no file is written' },
  },
  json: { shape: 'Tailed | PlayedMail', isLines: true },
  examples: ['dev', 'dev --broken'],
  run: async (call) => {
    const [{ play }, { playgroundUrl }] = await Promise.all([
      import('../playground/run.ts'),
      import('../engine/connect.ts'),
    ])
    return play(call, Number(new URL(playgroundUrl).port))
  },
}
