/**
 * What came in and became no fact: receipts that match no message, deliveries that could not be read, records that could not be
 * applied. Counted, and listed for operators, the newest first. Numbers are masked; raw bodies are shown to those who may see
 * them.
 */

import type { Database, Db } from '../platform/db/database.ts'
import { int, orNull, rowsNamed, text } from '../platform/db/rows.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { cursorOf } from '../platform/http/cursor.ts'
import { type Page, type PageRequest, stretchOf, turnPage } from '../platform/http/page.ts'
import type { AnyKind } from './record-kind.ts'

/** A receipt counts as unmatched after this many retries (about 100 s). Before, the answer with its id may still be under way. */
const oddTries = 5
/** Kept for so long after nothing more is tried. */
const keptMs = 90 * 24 * 3_600_000
const forgottenAtOnce = 1_000

export const unmatchedStates = ['unmatched', 'given_up', 'unreadable', 'set_aside'] as const
export type UnmatchedState = (typeof unmatchedStates)[number]

export interface UnmatchedCount {
  /** null: of no gateway, as clicks */
  gatewayId: number | null
  gateway: string | null
  workspaceId: number | null
  unmatched: number
  unreadable: number
  setAside: number
}

const countRows = rowsNamed('unmatched-count', {
  gatewayId: orNull(int),
  gateway: orNull(text),
  workspaceId: orNull(int),
  unmatched: int,
  unreadable: int,
  setAside: int,
})

/** Per gateway, of what came in after `since` (business time); what is set aside however old. */
export async function countUnmatched(db: Db, since: Date): Promise<UnmatchedCount[]> {
  return db.query<UnmatchedCount>(
    sql`select w.gateway_id as "gatewayId", g.name as gateway, g.workspace_id as "workspaceId", w.unmatched, w.unreadable, w."setAside"
      from (
        select n.gateway_id, sum(n.unmatched)::bigint as unmatched, sum(n.unreadable)::bigint as unreadable, sum(n.set_aside)::bigint as "setAside" from (
          select gateway_id, count(*) filter (where settled = 'given_up' or settled is null and tries >= ${oddTries}) as unmatched,
            count(*) filter (where settled = 'unreadable') as unreadable, 0 as set_aside
          from waiting where at > ${since} group by gateway_id
          union all
          select gateway_id, 0, 0, count(*) from waiting where settled = 'set_aside' group by gateway_id) n
        group by n.gateway_id) w
      left join gateways g on g.id = w.gateway_id order by w.gateway_id`,
    countRows,
  )
}

export interface Unmatched {
  source: number
  seq: number
  state: UnmatchedState
  kind: string
  gatewayId: number | null
  gateway: string | null
  /** null: of the whole installation, as a click, or of a gateway that is gone */
  workspaceId: number | null
  /** business time of arrival */
  at: Date
  /** looks so far */
  tries: number
  nextTryAt: Date | null
  why: string | null
  number: string
  body: unknown
  /** the kind in words */
  label: string
  /** the id that the sender gave the record */
  reference: string | null
}

/** `atUs`: to the microsecond, for the cursor */
type Row = Omit<Unmatched, 'label' | 'reference'> & { atUs: string }

/** "…605": enough to tell one from another. */
export const maskNumber = (number: string): string => (number.length < 6 ? '' : `…${number.slice(-3)}`)

export interface UnmatchedInput extends PageRequest {
  /** With it, what belongs to no workspace is listed too: everybody sees the alarm of it. null: all of the installation. */
  workspaceId: number | null
  state?: UnmatchedState | undefined
  limit: number
  kinds: readonly AnyKind[]
}

const cursor = cursorOf('unmatched', { at: 'time', source: 'id', seq: 'id' })
const keyOf = ({ atUs, source, seq }: Row) => ({ at: atUs, source, seq })

export async function listUnmatched(
  db: Db,
  { workspaceId, state, limit, kinds, ...asked }: UnmatchedInput,
): Promise<Page<Unmatched>> {
  const { read, ...cursors } = await turnPage(
    cursor,
    asked,
    async (from, backwards) => {
      const beyond =
        from === undefined
          ? sql`true`
          : sql`(w.at, w.source, w.seq) ${backwards ? sql`>` : sql`<`} (${from.at}::timestamptz, ${from.source}::bigint, ${from.seq}::bigint)`
      const way = backwards ? sql`asc` : sql`desc`
      const rows = await db.query<Row>(sql`
        select w.source, w.seq, coalesce(w.settled, 'unmatched') as state, w.kind, w.gateway_id as "gatewayId", g.name as gateway,
          g.workspace_id as "workspaceId", w.at, to_char(w.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "atUs", w.tries,
          case when w.next_try_at < '9000-01-01' and coalesce(w.settled, 'set_aside') = 'set_aside' then w.next_try_at end as "nextTryAt",
          w.why, w.number, w.body
        from waiting w left join gateways g on g.id = w.gateway_id
        where ${workspaceId === null ? sql`true` : sql`(g.workspace_id = ${workspaceId} or g.id is null)`} and ${isState(state)} and ${beyond}
        order by w.at ${way}, w.source ${way}, w.seq ${way} limit ${limit + 1}`)
      return stretchOf(rows, limit, backwards, keyOf)
    },
    keyOf,
  )
  return {
    items: read.rows.map(({ atUs: _, ...row }) => {
      const kind = kinds.find(({ name }) => name === row.kind)
      return { ...row, label: kind?.label ?? row.kind, reference: kind?.referenceOf(row.body) ?? null }
    }),
    ...cursors,
    total: null,
  }
}

function isState(state: UnmatchedState | undefined): Sql {
  if (state === undefined) return sql`(w.settled is null or w.settled <> 'matched')`
  return state === 'unmatched' ? sql`w.settled is null` : sql`w.settled = ${state}`
}

/** What nothing more is tried for goes after a while. `now`: business time. */
export async function forgetOld(db: Database, now: Date): Promise<void> {
  const before = new Date(now.getTime() - keptMs)
  for (;;) {
    const deleted = await db.run(
      sql`delete from waiting w using (
          select source, seq from waiting where at < ${before} and settled is not null order by at, source, seq limit ${forgottenAtOnce}) old
        where w.source = old.source and w.seq = old.seq`,
      'unmatched-forget',
    )
    if (deleted < forgottenAtOnce) return
  }
}
