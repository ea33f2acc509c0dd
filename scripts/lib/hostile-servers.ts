import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { hostileCases } from '../../test/hostile/cases.ts'
import type { Place } from '../../test/hostile/places.ts'

/** Places, opened in a process of their own: what they cost is not counted here, and a flood is a real one. */
export interface Servers {
  open(name: string): Promise<Omit<Place, 'close'>>
  close(name: string): Promise<void>
  stop(): void
}

type Order = { readonly open: string } | { readonly close: string }

/** Starts that process. */
export async function startServers(): Promise<Servers> {
  const child = fork(fileURLToPath(import.meta.url), { execArgv: ['--import', 'tsx'] })
  await once(child, 'message')
  const ask = async (order: Order) => {
    child.send(order)
    return (await once(child, 'message'))[0] as Omit<Place, 'close'>
  }
  return {
    open: (name) => ask({ open: name }),
    close: async (name) => {
      await ask({ close: name })
    },
    stop: () => {
      child.kill()
    },
  }
}

if (process.send !== undefined && process.argv[1] === fileURLToPath(import.meta.url)) serve()

function serve(): void {
  const places = new Map<string, Place>()
  const obey = async (order: Order) => {
    if ('close' in order) {
      await places.get(order.close)?.close()
      places.delete(order.close)
      return {}
    }
    const found = hostileCases.find(({ name }) => name === order.open)
    if (found === undefined) throw new Error(`there is no case ${order.open}`)
    const place = await found.open()
    places.set(order.open, place)
    return { url: place.url, nameServer: place.nameServer }
  }
  process.on('message', (order: Order) => void obey(order).then((answer) => process.send?.(answer)))
  process.on('disconnect', () => process.exit())
  process.send?.('ready')
}
