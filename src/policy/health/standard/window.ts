/** One bucket of the window: how many succeeded, how many counted failures, and when in the bucket the first of them was. */
export type Row = readonly [bucket: number, ok: number, failed: number, firstFailedMs: number]

/** What a window holds at one moment. */
export interface Share {
  readonly ok: number
  readonly failed: number
  readonly total: number
  /** From the first failure in the window to the moment it is looked at. */
  readonly failedForMs: number
}

/** A window is so many buckets, however much happens in it. */
export const bucketsMax = 20
const countMax = 1_000_000_000

/** The length of a bucket. */
export function bucketMs(windowMs: number): number {
  return Math.ceil(windowMs / bucketsMax)
}

/** The bucket of a moment. */
export function bucketOf(at: number, windowMs: number): number {
  return Math.floor(at / bucketMs(windowMs))
}

/**
 * The window with some more in it: the bucket of `at` and the 19 before it, so that nothing is older than `windowMs`
 * and nothing younger than 19 twentieths of it is missing. A bucket that has not come yet was made by a clock that ran
 * ahead, and is dropped.
 */
export function added(
  rows: readonly Row[],
  at: number,
  more: { readonly ok: number } | { readonly failed: number },
  windowMs: number,
): readonly Row[] {
  const bucket = bucketOf(at, windowMs)
  const kept: Row[] = []
  let now: Row = [bucket, 0, 0, 0]
  for (const row of rows) {
    if (row[0] === bucket) now = row
    else if (isInWindow(row, bucket)) kept.push(row)
  }
  kept.push(counted(now, at - bucket * bucketMs(windowMs), more))
  return kept
}

function counted(
  [bucket, ok, failed, firstFailedMs]: Row,
  ms: number,
  more: { readonly ok: number } | { readonly failed: number },
): Row {
  if ('ok' in more) return [bucket, Math.min(ok + more.ok, countMax), failed, firstFailedMs]
  return [bucket, ok, Math.min(failed + more.failed, countMax), failed === 0 ? ms : Math.min(firstFailedMs, ms)]
}

/** The window as it is at a moment. */
export function shareOf(rows: readonly Row[], at: number, windowMs: number): Share {
  const bucket = bucketOf(at, windowMs)
  let [ok, failed, firstFailedAt] = [0, 0, at]
  for (const row of rows) {
    if (!isInWindow(row, bucket)) continue
    ok += row[1]
    failed += row[2]
    if (row[2] > 0) firstFailedAt = Math.min(firstFailedAt, row[0] * bucketMs(windowMs) + row[3])
  }
  return { ok, failed, total: ok + failed, failedForMs: at - firstFailedAt }
}

/** The window after time that does not count: moved by whole buckets. */
export function shifted(rows: readonly Row[], ms: number, windowMs: number): readonly Row[] {
  const buckets = Math.floor(ms / bucketMs(windowMs))
  return rows.map(([bucket, ...counts]) => [bucket + buckets, ...counts])
}

function isInWindow([other]: Row, bucket: number): boolean {
  return other <= bucket && other > bucket - bucketsMax
}
