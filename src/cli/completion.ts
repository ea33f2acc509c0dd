import { flagsOf, type Command } from './command.ts'
import type { Flag } from './flags.ts'

/** The shells that are completed in. */
export const shells = ['bash', 'zsh', 'fish'] as const

/** A script that completes every command, its words and its flags; made from the table of commands. */
export function scriptFor(shell: string, commands: readonly Command[]): string {
  const made = commands.map(completed)
  if (shell === 'fish') return fish(made)
  return shell === 'zsh' ? zsh(made) : bash(made)
}

interface Completed {
  readonly name: string
  readonly about: string
  readonly flags: Readonly<Record<string, Flag>>
  /** What may follow it: the words of its first argument that has any. */
  readonly words: readonly string[]
  /** An argument of it is a file or a folder. */
  readonly isFile: boolean
}

function completed(command: Command): Completed {
  const words = (command.args ?? []).flatMap((one) => one.words ?? [])
  const isFile = (command.args ?? []).some(({ name }) => isPath(name))
  return { name: command.name, about: command.about, flags: flagsOf(command), words, isFile }
}

function isPath(word: string): boolean {
  return /\b(DIR|FILE)\b/.test(word)
}

/** First words, and of commands of two words the second ones. */
function firstWords(all: readonly Completed[]): readonly string[] {
  return [...new Set(all.map(({ name }) => name.split(' ')[0] ?? ''))]
}

function secondWords(all: readonly Completed[], first: string): readonly string[] {
  return all.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : []))
}

function choicesOf({ flags }: Completed): readonly (readonly [string, readonly string[]])[] {
  return Object.entries(flags).flatMap(([name, { kind }]) => (typeof kind === 'string' ? [] : [[name, kind] as const]))
}

/** Flags whose value is a file or a folder. */
function pathsOf({ flags }: Completed): readonly string[] {
  return Object.entries(flags).flatMap(([name, { value = '' }]) => (isPath(value) ? [name] : []))
}

function bash(all: readonly Completed[]): string {
  const cases = all.map((one) => {
    const words = [...one.words, ...Object.keys(one.flags).map((name) => `--${name}`)].join(' ')
    const choices = choicesOf(one).map(
      ([name, kinds]) => `      [[ $prev == --${name} ]] && words='${kinds.join(' ')}'`,
    )
    const files = [
      ...(one.isFile ? ['[[ $cur == -* ]]'] : []),
      ...pathsOf(one).map((name) => `[[ $prev != --${name} ]]`),
    ].map((test) => `      ${test} || words=''`)
    return [`    '${one.name}')`, `      words='${words}'`, ...choices, ...files, '      ;;'].join('\n')
  })
  const groups = firstWords(all).flatMap((first) => {
    const second = secondWords(all, first)
    return second.length === 0 ? [] : [`    '${first}') words='${second.join(' ')}' ;;`]
  })
  return `# bash completion of hookward: source it, or put it where bash-completion finds it.
_hookward() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words=''
  local one=\${COMP_WORDS[1]} two="\${COMP_WORDS[1]} \${COMP_WORDS[2]}"
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${firstWords(all).join(' ')} --help --version' -- "$cur"))
    return
  fi
  case $one in
${groups.join('\n')}
  esac
  if [[ -n $words ]]; then
    ((COMP_CWORD == 2)) || one=$two
    ((COMP_CWORD == 2)) || words=''
  fi
  case $one in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _hookward hookward`
}

function zsh(all: readonly Completed[]): string {
  const quoted = (text: string) => text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, '\\$&')
  const flagSpec = (name: string, { kind, about, isMany, value = '' }: Flag) => {
    if (kind === 'boolean') return `'--${name}[${quoted(about)}]'`
    return `'${isMany === true ? '*' : ''}--${name}[${quoted(about)}]:${name}:${typeof kind === 'string' ? (isPath(value) ? '_files' : '') : `(${kind.join(' ')})`}'`
  }
  const cases = all.map((one) => {
    const flags = Object.entries(one.flags).map(([name, flag]) => flagSpec(name, flag))
    const words =
      one.words.length === 0 ? `'*:argument:${one.isFile ? '_files' : ''}'` : `':argument:(${one.words.join(' ')})'`
    return `    '${one.name}') _arguments ${[...flags, words].join(' ')} ;;`
  })
  const groups = firstWords(all).flatMap((first) => {
    const second = secondWords(all, first)
    return second.length === 0
      ? []
      : [
          `  if [[ $words[2] == ${first} ]]; then (( CURRENT == 3 )) && { compadd ${second.join(' ')}; return }; name="$words[2] $words[3]"; shift words; (( CURRENT-- )); fi`,
        ]
  })
  const described = firstWords(all).map((first) => {
    const about = all.find(({ name }) => name === first)?.about ?? `${secondWords(all, first).join(', ')} of a ${first}`
    return `'${quoted(first)}:${quoted(about)}'`
  })
  return `#compdef hookward
# zsh completion of hookward: put it into a folder of $fpath as _hookward.
_hookward() {
  local name=$words[2]
  local -a names=(${described.join(' ')})
  if (( CURRENT == 2 )); then
    [[ $PREFIX == -* ]] && { compadd -- --help --version; return }
    _describe command names
    return
  fi
${groups.join('\n')}
  shift words
  (( CURRENT-- ))
  case $name in
${cases.join('\n')}
  esac
}
_hookward "$@"`
}

function fish(all: readonly Completed[]): string {
  const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`
  const firsts = firstWords(all).map((first) => {
    const about = all.find(({ name }) => name === first)?.about ?? secondWords(all, first).join(', ')
    return `complete -c hookward -n __fish_use_subcommand -f -a ${first} -d ${quoted(about)}`
  })
  const rest = all.flatMap(({ name, flags, words, isFile }) => {
    const [first = '', second] = name.split(' ')
    const when = `-n ${quoted(`__hookward_is ${name}`)}`
    const after = (begun: string, taken: readonly string[]) =>
      `-n ${quoted(`__hookward_is ${begun}; and not __fish_seen_subcommand_from ${taken.join(' ')}`)}`
    const seconds =
      second === undefined ? [] : [`complete -c hookward ${after(first, secondWords(all, first))} -f -a ${second}`]
    const choices =
      words.length === 0 ? [] : [`complete -c hookward ${after(name, words)} -f -a ${quoted(words.join(' '))}`]
    const files = isFile ? [] : [`complete -c hookward ${when} -f`]
    const lines = Object.entries(flags).map(([flag, { kind, about, value = '' }]) => {
      const given = typeof kind === 'string' ? (isPath(value) ? ' -r' : ' -x') : ` -x -a ${quoted(kind.join(' '))}`
      const takes = kind === 'boolean' ? '' : given
      return `complete -c hookward ${when} -l ${flag}${takes} -d ${quoted(about)}`
    })
    return [...files, ...seconds, ...choices, ...lines]
  })
  return [
    '# fish completion of hookward: put it into ~/.config/fish/completions/hookward.fish.',
    'function __hookward_is',
    '  set -l words (commandline -opc)[2..-1]',
    '  set -l most (count $argv)',
    '  test (count $words) -ge $most; and test "$words[1..$most]" = "$argv"',
    'end',
    ...firsts,
    "complete -c hookward -n __fish_use_subcommand -l help -d 'print this'",
    "complete -c hookward -n __fish_use_subcommand -l version -d 'which hookward this is'",
    ...rest,
  ].join('\n')
}
