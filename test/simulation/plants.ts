import type { Attempt, Delivery } from '../../src/domain/delivery.ts'
import type { Folded, Gate } from '../../src/domain/health.ts'
import type { Letter, Notice } from '../../src/domain/notice.ts'
import { Backlog, type Waiting } from '../../src/engine/backlog.ts'
import { StepConsequences } from '../../src/engine/consequences.ts'
import { Dispatcher } from '../../src/engine/dispatcher.ts'
import { Folds, type SuccessSignal } from '../../src/engine/folds.ts'
import { Line } from '../../src/engine/line.ts'
import { NoticeRows } from '../../src/engine/notice-rows.ts'
import { ProbesUnderWay } from '../../src/engine/probes-under-way.ts'
import { Registry } from '../../src/engine/registry.ts'
import { Sender } from '../../src/engine/sender.ts'
import { Lanes, type Started, type View } from '../../src/machines/index.ts'

/** A fault put in on purpose, which the simulation must find. */
export const plants = [
  ...(['send-while-disabled', 'two-probes', 'double-notice', 'drop-held'] as const),
  ...(['fold-over-midnight', 'stale-outcome'] as const),
] as const
export type Plant = (typeof plants)[number]

/** Puts a fault in for the rest of this process. */
export function plant(name: Plant): void {
  faults[name]()
}

const faults: Readonly<Record<Plant, () => void>> = {
  'send-while-disabled': sendWhileDisabled,
  'two-probes': twoProbes,
  'double-notice': doubleNotice,
  'drop-held': dropHeld,
  'fold-over-midnight': foldOverMidnight,
  'stale-outcome': staleOutcome,
}

/** Has a method go through another one, which may call the one it stands for. */
function replace<T extends object, Name extends keyof T>(
  from: T,
  name: Name,
  other: (own: T[Name], self: T, args: readonly never[]) => unknown,
): void {
  const own = from[name]
  from[name] = function (this: T, ...args: never[]): unknown {
    return other(own, this, args)
  } as T[Name]
}

/** The lane of an integration that is switched off stays open. */
function sendWhileDisabled(): void {
  const off = new Set<string>()
  replace(StepConsequences.prototype, 'atOnce', (own, self, args) => {
    const [{ id, after }] = args as unknown as Parameters<StepConsequences['atOnce']>
    if (after.state === 'broken.condemned') off.add(id)
    else if (after.state !== 'disabled') off.delete(id)
    return own.apply(self, args as never)
  })
  replace(Dispatcher.prototype, 'setLane', (own, self, args) => {
    const [id, gate, epoch] = args as unknown as [string, Gate, number]
    own.call(self, id, off.has(id) ? 'open' : gate, epoch)
  })
  replace(Dispatcher.prototype, 'takes', (own, self, args) => {
    const [delivery] = args as unknown as [Delivery, Gate]
    return off.has(delivery.integrationId) || own.apply(self, args as never)
  })
}

/** A narrowed lane lets as many through as a wide one. */
function twoProbes(): void {
  const narrowed = new WeakMap<Lanes, Set<string>>()
  replace(Lanes.prototype, 'set', (own, self, args) => {
    const [id, gate, epoch] = args as unknown as [string, Gate, number]
    const ids = narrowed.get(self) ?? new Set()
    narrowed.set(self, ids)
    if (gate === 'probe') ids.add(id)
    else ids.delete(id)
    own.call(self, id, gate === 'probe' ? 'open' : gate, epoch)
  })
  replace(Lanes.prototype, 'take', (own, self, args) => {
    const started = own.apply(self, args as never)
    const isProbe = started !== undefined && narrowed.get(self)?.has(started.delivery.integrationId) === true
    return isProbe ? Object.assign(started, { isProbe }) : started
  })
  replace(Line.prototype, 'beginProbe', () => true)
  replace(ProbesUnderWay.prototype, 'has', () => false)
  replace(Dispatcher.prototype, 'setLane', (own, self, args) => {
    const [, gate] = args as unknown as [string, Gate, number]
    own.apply(self, args as never)
    if (gate === 'probe') own.apply(self, args as never)
  })
}

/** That a letter was sent is forgotten once. */
function doubleNotice(): void {
  const forgottenBy = new WeakMap<NoticeRows, Set<string>>()
  replace(NoticeRows.prototype, 'put', (own, self, args) => {
    const [notices, letters = []] = args as unknown as [readonly Notice[], readonly Letter[] | undefined]
    const forgotten = forgottenBy.get(self) ?? new Set<string>()
    forgottenBy.set(self, forgotten)
    const isForgotten = ({ id, status }: Letter) => status === 'sent' && !forgotten.has(id) && forgotten.add(id)
    own.call(
      self,
      notices,
      letters.map((one) => (isForgotten(one) ? { ...one, status: 'pending' } : one)),
    )
  })
}

/** Some of what was held is not found again when its lane opens. */
function dropHeld(): void {
  const isKept = ({ delivery }: Waiting) => !/[0-7]$/.test(delivery.id)
  replace(Backlog.prototype, 'held', (own, self, args) => own.apply(self, args as never).filter(isKept))
  replace(Backlog.prototype, 'firstHeld', (own, self, args) => own.apply(self, args as never).filter(isKept))
}

/** Successes are counted in bulk whatever day they come on. */
function foldOverMidnight(): void {
  const counts = new WeakMap<Folds, Map<string, Folded>>()
  const of = (self: Folds) => {
    const known = counts.get(self) ?? new Map<string, Folded>()
    counts.set(self, known)
    return known
  }
  replace(Folds.prototype, 'add', (_own, self, args) => {
    const [id, view, { at, status, firstAt }] = args as unknown as [string, View, SuccessSignal]
    const folded = of(self).get(id) ?? { n: 0, firstAt, lastAt: at, status }
    if (view.state !== 'healthy.steady' || folded.status !== status) return undefined
    of(self).set(id, { ...folded, n: folded.n + 1, lastAt: at })
    return { n: 1, firstAt: at, lastAt: at, status }
  })
  replace(Folds.prototype, 'take', (_own, self, args) => {
    const [id] = args as unknown as [string]
    const folded = of(self).get(id)
    of(self).delete(id)
    return folded
  })
  replace(Folds.prototype, 'put', (_own, self, args) => {
    const [id, folded] = args as unknown as [string, Folded]
    of(self).set(id, folded)
  })
}

/** An outcome counts for the chart as it stands when it comes. */
function staleOutcome(): void {
  let registry: Registry | undefined
  replace(Registry.prototype, 'recover', (own, self, args) => {
    registry = self
    own.apply(self, args as never)
  })
  replace(Sender.prototype, 'attempt', async (own, self, args) => {
    const [started] = args as unknown as [Started]
    const attempt: Attempt = await own.apply(self, args as never)
    const epoch = registry?.now(started.delivery.integrationId).context.epoch
    Object.assign(started, { epoch })
    return attempt
  })
}
