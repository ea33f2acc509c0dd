import type { Hookward } from '../../src/index.ts'

/** Asks the database; any client will do. */
export type Query = (text: string, values: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>

/** The table that business transactions write to. */
export const outboxTable = `
  create table if not exists webhook_outbox (
    id bigint generated always as identity primary key,
    topic text not null,
    organization text not null,
    data jsonb not null
  )`

/**
 * Hands over what committed transactions left in the outbox; gives how many rows. Each row is taken away only after
 * `emit` has resolved, and emitted under its own key: a crash in between repeats it, and the key makes it once.
 */
export async function relayOnce(query: Query, hookward: Hookward): Promise<number> {
  const rows = await query('select id, topic, organization, data from webhook_outbox order by id limit 500', [])
  await Promise.all(
    rows.map(({ id, topic, organization, data }) =>
      hookward.emit(
        { topic: String(topic), organization: String(organization), data: data as Record<string, never> },
        { key: `outbox-${String(id)}` },
      ),
    ),
  )
  if (rows.length > 0) await query('delete from webhook_outbox where id = any($1)', [rows.map(({ id }) => id)])
  return rows.length
}
