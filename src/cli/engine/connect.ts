import type { Call } from '../command.ts'
import { failed } from '../failure.ts'
import type { Engine } from './engine.ts'

/** Where the playground listens, unless it is told otherwise: asked when nothing else is named. */
export const playgroundUrl = 'http://127.0.0.1:4774/'

/** The engine a call is about: a running one by its address, or the folder of a store. Flags come before variables. */
export async function connect({ flags, env, signal }: Call): Promise<Engine> {
  const [url, store] = [flags.text('url'), flags.text('store')]
  if (url !== undefined && store !== undefined)
    throw failed('USAGE', '--url and --store were both given, and one of them is enough')
  const address = url ?? (store === undefined ? given(env['HOOKWARD_URL']) : undefined)
  const dir = store ?? (address === undefined ? given(env['HOOKWARD_STORE']) : undefined)
  if (dir !== undefined) return (await import('./folder.ts')).folderEngine(dir)
  const { remoteEngine } = await import('./remote.ts')
  return remoteEngine(address ?? playgroundUrl, given(env['HOOKWARD_TOKEN']), signal)
}

/** An engine that something is to be done with: a folder is refused before anybody is asked anything. */
export async function connectToAct(call: Call): Promise<Engine> {
  const engine = await connect(call)
  if (engine.folder === undefined) return engine
  throw failed('FOLDER_ONLY_READ', `${engine.where} is only read, so nothing can be changed in it`)
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
