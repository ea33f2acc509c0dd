import type { Argument, Call, Command, Result } from '../command.ts'
import { confirm } from '../confirm.ts'
import { chartStateOf, healthStateOf } from '../../machines/record.ts'
import { plain, stateText, table } from '../words.ts'

const dir: Argument = { name: 'DIR', about: 'the folder that the engine has as its dir' }

/** Loaded when it is used: the other commands begin without it. */
const tools = () => import('../../adapters/lowdb/store-tools.ts')

/** `hookward store check`. */
export const storeCheck: Command = {
  name: 'store check',
  about: 'verify every file of a store, beside a running engine too; 1 when something is damaged',
  args: [dir],
  json: { shape: 'StoreCheck' },
  run: ({ args }) => checked(args[0] ?? ''),
}

/** `hookward store show`. */
export const storeShow: Command = {
  name: 'store show',
  about: 'what a store holds, without secrets, beside a running engine too',
  args: [dir, { name: 'SLUG', about: 'one integration', isOptional: true }],
  json: { shape: 'StoredIntegration[]' },
  run: (call) => shown(call),
}

/** `hookward store fix`. */
export const storeFix: Command = {
  name: 'store fix',
  about: 'sign documents anew after an edit by hand; needs the store for itself',
  args: [dir],
  flags: { quarantine: { kind: 'boolean', about: 'set aside what is damaged beyond that; asks' } },
  confirms: true,
  json: { shape: 'StoreFixed' },
  run: (call) => fixed(call),
}

/** What `hookward store fix --json` prints. */
export interface StoreFixed {
  /** What was done, a sentence each. */
  readonly done: readonly string[]
  readonly isSound: boolean
}

async function checked(folder: string): Promise<Result> {
  const value = await (await tools()).checkStore(folder)
  const { journal, integrations, pending, findings, isSound } = value
  const counts = `${integrations} integrations, ${pending} deliveries waiting, ${journal.lines} records in ${journal.segments} segments`
  const found = findings.map(({ file, fact, isDamage }) => `${isDamage ? 'damaged' : 'harmless'}: ${file} ${fact}`)
  const lines = [...found, `${isSound ? 'sound' : 'damaged'}: ${counts}`]
  return { value, lines: lines.map(plain), code: isSound ? 0 : 1 }
}

async function shown({ args, terminal }: Call): Promise<Result> {
  const [folder = '', slug] = args
  const value = await (await tools()).showStore(folder, slug)
  const rows = value.map(({ integration: { id, url }, state, pending, held, dead }) => [
    id,
    { text: stateOf(state), paint: (text: string) => stateText(terminal, text) },
    ...[pending - held, held, dead].map(String),
    url,
  ])
  const head = ['INTEGRATION', 'STATE', 'WAITING', 'HELD', 'DEAD', 'URL']
  return { value, lines: rows.length === 0 ? ['no integrations'] : table(terminal, head, rows) }
}

/** In a word, where the chart has such a state: a store that is damaged may hold anything. */
function stateOf(value: unknown): string {
  try {
    return healthStateOf(chartStateOf({ value }))
  } catch {
    return plain(typeof value === 'string' ? value : JSON.stringify(value))
  }
}

async function fixed(call: Call): Promise<Result> {
  const [folder = ''] = call.args
  const quarantine = call.flags.isSet('quarantine')
  if (quarantine) await confirm(call, `Set aside what is damaged in ${folder}`)
  const { checkStore, fixStore } = await tools()
  const done = await fixStore(folder, { quarantine })
  const { isSound } = await checkStore(folder)
  const end = isSound ? 'sound' : 'still damaged: look at hookward store check, or pass --quarantine'
  const value: StoreFixed = { done, isSound }
  return { value, lines: [...done, end].map(plain), code: isSound ? 0 : 1 }
}
