import type { Played } from './play.ts'
import type { Script } from './script.ts'

/** So many shorter scripts are tried at most. */
const triesMax = 300

/** A script that is as short as can be found and breaks the same promise. */
export async function shrink(
  script: Script,
  broken: string,
  play: (script: Script) => Promise<Played>,
): Promise<Script> {
  let { actions } = script
  let tries = 0
  for (let size = Math.ceil(actions.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < actions.length && tries < triesMax; tries += 1) {
      const fewer = [...actions.slice(0, from), ...actions.slice(from + size)]
      const { violations } = await play({ ...script, actions: fewer })
      if (promiseOf(violations) === broken) actions = fewer
      else from += size
    }
  return { ...script, actions }
}

/** The promise that was broken first. */
export function promiseOf(violations: readonly string[]): string | undefined {
  return violations[0]?.replace(/^\d\S+Z /, '').split(':')[0]
}
