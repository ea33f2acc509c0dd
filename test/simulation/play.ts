import type { Script } from './script.ts'
import { Stage } from './stage.ts'

/** What a run came to. */
export interface Played {
  readonly steps: number
  readonly deliveries: number
  readonly crashes: number
  /** Those of the step at which the first one was seen; none: all is well. */
  readonly violations: readonly string[]
  readonly trace: readonly string[]
}

/** Plays a script in a world of its own, and looks after every step whether a promise is broken. */
export async function play(script: Script): Promise<Played> {
  const stage = await Stage.set(script)
  let steps = 0
  for (const action of script.actions) {
    await stage.act(action)
    steps += 1
    if (violationsOf(stage).length > 0) return played(stage, steps)
  }
  await heal(stage, script.bots)
  return played(stage, steps + 1)
}

function violationsOf({ world, complaints }: Stage): readonly string[] {
  return [...world.invariants(), ...complaints]
}

function played(stage: Stage, steps: number): Played {
  const { counts, trace } = stage.world
  return { steps, deliveries: counts.accepted, crashes: counts.crashes, violations: violationsOf(stage), trace }
}

/** Everything works again and everybody is trusted: whatever was accepted must end, and whatever was noticed be told. */
async function heal(stage: Stage, bots: readonly string[]): Promise<void> {
  const { world } = stage
  stage.endTraffic()
  world.cut(0)
  world.mailbox.server('up')
  // Whatever was to befall the disk is over.
  await world.crash('process')
  await stage.up()
  for (const id of [...bots, 'dora']) {
    world.receiver(id).answer(200)
    world.receiver(id).latency(10)
  }
  await world.run('1h')
  for (const { id } of world.hookward.integrations.list()) await trust(stage, id)
  // What is due by then is sent at once by the engine that comes afterwards: days in which it runs are dear.
  await world.crash('process')
  await world.run('3d')
  await stage.up()
  await world.run('3h')
  mourn(stage)
  for (const { id } of world.hookward.integrations.list()) await checkTold(stage, id)
}

async function trust({ world: { hookward } }: Stage, id: string): Promise<void> {
  if ((await hookward.explain(id)).state === 'paused') await hookward.integrations.resume(id)
  if ((await hookward.explain(id)).state !== 'disabled') return
  await hookward.integrations.enable(id, { force: true, reason: 'healed' })
}

function mourn({ world, complaints }: Stage): void {
  const left = world.unsettled().filter(({ state }) => state !== 'dead' && state !== 'left')
  for (const { id, integration, state } of left.slice(0, 3))
    complaints.push(`nothing accepted is lost: ${id} of ${integration} is ${state} though all is well for days`)
}

async function checkTold({ world, complaints }: Stage, id: string): Promise<void> {
  for (const { notice } of await world.hookward.notices(id))
    if (notice.status === 'pending' || notice.status === 'expanded')
      complaints.push(`each step is mailed once: ${notice.id} is ${notice.status} though all is well for days`)
}
