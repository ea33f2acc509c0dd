import { dashboard } from '../../adapters/dashboard/index.ts'
import { failed } from '../failure.ts'
import { valueOf } from './answer.ts'
import { pathOf, type Engine } from './engine.ts'
import { folderHost } from './folder-host.ts'

/** What an engine's folder tells, through the same interface as an engine that runs; it is only read. */
export async function folderEngine(dir: string): Promise<Engine> {
  const host = await folderHost(dir)
  const panel = dashboard(host, { authorize: (_, action) => action === 'read' })
  const onlyRead = (what: string) => failed('FOLDER_ONLY_READ', `${dir} is only read, so ${what}`)
  return {
    where: dir,
    folder: host.folder,
    get: async (part, params) => {
      return valueOf(await panel(new Request(`http://folder/${pathOf(part, params)}`)), dir)
    },
    act: () => Promise.reject(onlyRead('nothing can be changed in it')),
    listen: () => {
      throw onlyRead('nothing happens in it')
    },
  }
}
