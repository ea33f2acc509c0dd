import { memoryStore } from '../../adapters/memory-store.ts'
import { HookwardError } from '../../domain/errors.ts'
import type { Hookward } from '../../engine/hookward.ts'
import type { AnyEvent } from '../../engine/observers.ts'
import { seededRandom, type SeededRandom } from '../random.ts'
import { VirtualDisk } from './disk.ts'
import { Life } from './life.ts'
import type { WorldOptions } from './options.ts'
import type { Around } from './ports.ts'
import { Run, type Ground } from './run.ts'
import { Settling, turn } from './settling.ts'
import type { Crash, WorldDisk } from './types.ts'

/** The machine on which the engine of a world runs: it starts it, lets it work, and takes it away. */
export class Host {
  readonly disk: WorldDisk
  crashes = 0
  readonly #parts: Omit<Around, 'life' | 'stir'>
  readonly #listen: (event: AnyEvent) => void
  readonly #chance: SeededRandom
  readonly #ground: Ground
  readonly #settling = new Settling(() => this.#isBusy)
  #run: Run | undefined
  #fallsBy: Crash = 'process'

  constructor(
    { seed = 1, store, backlogBytesMax = 2 ** 30 }: WorldOptions,
    parts: Omit<Around, 'life' | 'stir'>,
    listen: (event: AnyEvent) => void,
  ) {
    this.#parts = parts
    this.#listen = listen
    this.#chance = seededRandom(seed)
    this.#ground =
      store === 'memory'
        ? { kind: 'memory', store: memoryStore({ backlogBytesMax }) }
        : { kind: 'disk', disk: this.#makeDisk() }
    this.disk = this.#faceOfDisk()
  }

  get hookward(): Hookward {
    const face = this.#run?.face
    if (face === undefined) throw new HookwardError('ENGINE_STOPPED', 'the engine of this world is down: restart it')
    return face
  }

  get isRunning(): boolean {
    return this.#run?.face !== undefined
  }

  /** Lets everything happen that follows at this moment. */
  async settle(): Promise<void> {
    await this.#settling.settled()
    if (this.#ground.kind === 'disk' && this.#ground.disk.isStopped) await this.fall(this.#fallsBy)
  }

  /** Throws what keeps the engine from starting; a crash of the disk does so without a word. */
  async start(options: WorldOptions): Promise<void> {
    const run = new Run({ ...this.#parts, life: new Life(), stir: this.#settling.stir })
    this.#run = run
    this.#parts.note('start')
    run.begin(options, this.#ground, this.#chance.fork(), this.#listen)
    while (run.isStarting) await this.settle()
    if (run.failure !== undefined) throw run.failure as Error
  }

  async fall(how: Crash): Promise<void> {
    const ground = this.#ground
    if (how === 'power' && ground.kind === 'memory')
      throw new HookwardError('OPTION_INVALID', `a store in memory outlives no power cut: ${withDisk}`)
    if (this.#run === undefined) return
    this.#run.around.life.end()
    this.#run = undefined
    this.#parts.judge.died()
    this.crashes += 1
    this.#parts.note(`crash ${how}`)
    if (ground.kind === 'memory') return ground.store.close()
    ground.disk.stop()
    ground.disk = ground.disk.restarted(how, () => this.#chance.fraction())
  }

  /** In good order, where it runs; the disk may end it before. */
  async stop(): Promise<void> {
    const run = this.#run
    await this.settle()
    if (run?.face === undefined) return this.fall('process')
    this.#parts.note('stop')
    const isStopped = isSettled(run.face.stop({ graceMs: 0 }))
    while (!isStopped() && this.#run === run) await this.settle()
    if (this.#run === run) this.#run = undefined
    run.around.life.end()
  }

  get #isBusy(): boolean {
    return this.#ground.kind === 'disk' && this.#ground.disk.isBusy && !this.#ground.disk.isStopped
  }

  #makeDisk(): VirtualDisk {
    const { time } = this.#parts
    const pace = {
      elapsedMs: () => time.elapsedMs,
      after: (ms: number, fn: () => void) => {
        const life = this.#run?.around.life
        return life === undefined ? () => undefined : life.timer((run) => time.after(ms, run), fn)
      },
    }
    const chance = this.#chance.fork()
    // Turns of the event loop are dear: one now and then is enough for things to get between each other.
    const pause = () => (chance.fraction() < turnShare ? turn() : Promise.resolve())
    return new VirtualDisk({ pace, pause, onCall: this.#settling.stir })
  }

  #faceOfDisk(): WorldDisk {
    const disk = () => {
      if (this.#ground.kind === 'disk') return this.#ground.disk
      throw new HookwardError('OPTION_INVALID', `this world has its store in memory: ${withDisk}`)
    }
    return {
      fail: (code = 'ENOSPC') => disk().fail(code),
      mend: () => disk().fail(),
      failAt: (n, code) => disk().at(n, 'fail', code),
      crashAt: (n, how = 'process') => {
        this.#fallsBy = how
        disk().at(n, 'stop')
      },
    }
  }
}

/** Asks whether a promise is settled; what it is rejected with is somebody else's to hear. */
export function isSettled(promise: Promise<unknown>): () => boolean {
  let isOver = false
  const over = () => void (isOver = true)
  promise.then(over, over)
  return () => isOver
}

/** So many changes of the disk take a turn of the event loop. */
const turnShare = 0.1

const withDisk = "make the world with store: 'disk'"
