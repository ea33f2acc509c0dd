import type { Command } from '../command.ts'

/** `hookward simulate`. */
export const simulate: Command = {
  name: 'simulate',
  about: 'what a policy would have made of a log or a trace: who would be broken, disabled and mailed',
  args: [{ name: 'SLUG', about: 'the log of this integration, beside what happened to it', isOptional: true }],
  flags: {
    history: { kind: 'text', value: 'FILE', about: 'lines of JSON, one for each attempt' },
    trace: { kind: 'text', value: 'NAME|FILE', about: 'a made trace (see hookward traces), or a file of your own' },
    policy: { kind: ['standard', 'sentry'], about: 'the policy that is tried (standard)' },
    set: {
      kind: 'text',
      value: 'NAME=JSON',
      about: 'another number of it, for example disabledMs=259200000',
      isMany: true,
    },
    seed: { kind: 'number', about: 'of what a trace leaves to chance (1)' },
  },
  asksEngine: true,
  json: { shape: 'Simulation' },
  examples: ['simulate --trace weekdayOnly --policy sentry', 'simulate acme-bot --set disabledMs=259200000'],
  run: async (call) => (await import('../simulation.ts')).simulated(call),
}
