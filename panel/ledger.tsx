import { Fragment, h, useEffect, useState } from './view.ts'
import type { LedgerPage, ReplayResult } from '../src/domain/ledger.ts'
import { get, type Refused } from './api.ts'
import { bytes, count, now } from './format.ts'
import { faultOf, useLoaded } from './live.ts'
import type { Asked } from './ask.tsx'
import { DeliveryLink } from './log.tsx'
import { Bar, Fault, Table, Time } from './parts.tsx'
import type { Told } from './wire.ts'

type Which = 'held' | 'dead'

/** A replay that goes on: so many are to be sent, so many have had their first attempt. */
export interface Progress {
  readonly of: number
  readonly startedAt: number
  readonly arrived: number
  readonly failed: number
  /** Something may have happened that was not heard. */
  readonly isCut?: boolean
}

/** One more of a replay was tried: it was accepted before, and this is its first attempt since. */
export function progressed(progress: Progress, told: Told): Progress {
  const isOfIt =
    told.attempt === 1 && (told.replays !== undefined || (told.acceptedAt ?? Infinity) <= progress.startedAt)
  if (!isOfIt || progress.arrived + progress.failed >= progress.of) return progress
  if (told.type === 'delivered') return { ...progress, arrived: progress.arrived + 1 }
  return told.type === 'delivery.failed' ? { ...progress, failed: progress.failed + 1 } : progress
}

export function Ledger(props: {
  slug: string
  mayReplay: boolean
  turn: number
  ask: (asked: Asked) => void
  progress: Progress | undefined
  setProgress: (change: (old: Progress | undefined) => Progress | undefined) => void
}) {
  const { slug, mayReplay, turn, ask, progress, setProgress } = props
  const [which, setWhich] = useState<Which>('held')
  const [topics, setTopics] = useState('')
  const [as, setAs] = useState('same')
  const [trail, setTrail] = useState<readonly string[]>([])
  const { value, fault, reload } = useLoaded<LedgerPage>(which, { slug, limit: 50, after: trail.at(-1) })
  const [preview, setPreview] = useState<ReplayResult>()
  const [refused, setRefused] = useState<Refused>()
  useEffect(() => reload(true), [turn])
  useEffect(() => {
    setPreview(undefined)
    setRefused(undefined)
  }, [which, topics, turn])
  const choice = { which, ...(topics.trim() !== '' && { topics: topics.split(',').map((one) => one.trim()) }) }
  const look = () =>
    void get<ReplayResult>('preview', { slug, which, topics: choice.topics?.join(',') }).then(
      (result) => {
        setRefused(undefined)
        setPreview(result)
      },
      (error: unknown) => setRefused(faultOf(error)),
    )
  const replay = () =>
    ask({
      action: 'replay',
      slug,
      title: 'Send once more',
      text: `${count(preview?.replayed ?? 0)} deliveries of ${slug} are sent once more, with all their attempts, 10 a second.`,
      body: { ...choice, as },
      // What is sent at once may be told before the answer is here.
      onStart: () => setProgress(() => ({ of: preview?.replayed ?? 0, startedAt: now(), arrived: 0, failed: 0 })),
      onFault: () => setProgress(() => undefined),
      onDone: (result) => setProgress((old) => old && { ...old, of: (result as ReplayResult).replayed }),
    })
  const pick = (name: Which) => {
    setWhich(name)
    setTrail([])
  }
  return (
    <>
      <div class="tools">
        <div class="chips" role="group" aria-label="Part of the ledger">
          <button aria-pressed={which === 'held'} onClick={() => pick('held')}>
            Held
          </button>
          <button aria-pressed={which === 'dead'} onClick={() => pick('dead')}>
            Dead letters
          </button>
        </div>
        <label>
          Topics <input value={topics} placeholder="all" onInput={(event) => setTopics(event.currentTarget.value)} />
        </label>
        <label>
          Id{' '}
          <select value={as} onChange={(event) => setAs(event.currentTarget.value)}>
            <option value="same">the same</option>
            <option value="fresh">a fresh one</option>
          </select>
        </label>
        <button onClick={look}>Preview a replay</button>
        {mayReplay && (
          <button class="primary" disabled={preview === undefined || preview.replayed === 0} onClick={replay}>
            Replay
          </button>
        )}
      </div>
      <Fault fault={fault ?? refused} />
      {preview && (
        <p role="status">
          {count(preview.matched)} match, {count(preview.replayed)} would be sent
          {preview.skipped > 0 && `, ${count(preview.skipped)} would not`}.
        </p>
      )}
      {progress && <ProgressBar progress={progress} />}
      <Table
        label="Ledger"
        head={['Since', 'Topic', 'Reason', 'Last outcome', 'Attempts', 'Takes', 'Leaves', 'Delivery']}
        empty="Nothing is here."
        rows={(value?.entries ?? []).map((entry) => ({
          key: entry.deliveryId,
          cells: [
            <Time at={entry.since} />,
            entry.topic,
            entry.reason,
            entry.last?.code ?? 'never sent',
            entry.attempts,
            bytes(entry.bytes),
            <Time at={entry.expiresAt} />,
            <DeliveryLink slug={slug} id={entry.deliveryId} />,
          ],
        }))}
      />
      {value && (
        <p class="more">
          {count(value.count)} in all.{' '}
          {trail.length > 0 && <button onClick={() => setTrail(trail.slice(0, -1))}>Back</button>}{' '}
          {value.next && <button onClick={() => setTrail([...trail, value.next ?? ''])}>Further</button>}
        </p>
      )}
    </>
  )
}

function ProgressBar({ progress: { of, arrived, failed, isCut } }: { progress: Progress }) {
  const done = arrived + failed
  return (
    <div class="progress" role="status">
      <Bar share={of === 0 ? 100 : (100 * done) / of} label="Replay" />
      <span>
        {count(done)} of {count(of)} sent{failed > 0 && `, ${count(failed)} of them failed`}
        {done >= of
          ? '. Done.'
          : isCut && '. The connection was lost meanwhile: what is left to send is not known here.'}
      </span>
    </div>
  )
}
