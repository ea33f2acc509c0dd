import type { Command } from '../command.ts'
import { scriptFor, shells } from '../completion.ts'

/** `hookward completion`, of all these commands. */
export function completion(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    about: 'a script that completes commands and flags in your shell',
    args: [{ name: 'SHELL', about: 'which shell', words: shells }],
    examples: ['completion bash > ~/.local/share/bash-completion/completions/hookward'],
    run: ({ args }) => Promise.resolve({ lines: [scriptFor(args[0] ?? '', commands())] }),
  }
}
