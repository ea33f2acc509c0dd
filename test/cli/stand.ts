import { dashboard, nodeHandler, type DashboardOptions } from '../../src/dashboard.ts'
import { hookward, type Env, type Piped, type Ran, type Somebody } from '../support/cli.ts'
import { serving } from '../support/http.ts'
import { startWorld, type World, type WorldOptions } from '../support/world.ts'

/** An engine on real parts with its dashboard on loopback, and commands that ask it. */
export interface Stand extends World {
  readonly url: string
  /** Runs a command with the address and the token in variables. */
  readonly run: (args: readonly string[], somebody?: Somebody | Piped) => Promise<Ran>
  readonly env: Env
}

export const token = 'a-token-of-the-operator'

/** Whoever shows the token may do everything, and is `ada`; `reader` may look. */
export async function stand(options: WorldOptions = {}, more: Pick<DashboardOptions, 'import'> = {}): Promise<Stand> {
  const world = await startWorld(options)
  const panel = dashboard(world.hookward, {
    ...more,
    authorize: (request, action) => {
      const given = request.headers.get('authorization')
      if (given === `Bearer ${token}`) return 'ada'
      return given === 'Bearer reader' && action === 'read'
    },
  })
  const url = `${await serving(nodeHandler(panel))}/hooks/`
  const env = { HOOKWARD_URL: url, HOOKWARD_TOKEN: token }
  return { ...world, url, env, run: (args, somebody) => hookward(args, env, somebody) }
}
