/**
 * Long replies: each part is kept until all are there, and only the whole text is judged. Parts come in any order, twice, in
 * several batches, down several binds of an account, and sometimes one never comes.
 *
 * Always: a part is used once; a set is joined in the transaction that brings its last part; what is incomplete after 30 s is
 * judged by what is there from its beginning, and a text without its beginning stops nothing. What comes later still is shown
 * as a text without its beginning. 3GPP TS 23.040 §9.2.3.24.1.
 */
import { cleanText } from '../../core/clean-text.ts'
import { decodeUcs2 } from '../../core/sms/gsm-alphabet.ts'
import { readAccounts } from '../gateways/account.ts'
import type { Db } from '../platform/db/database.ts'
import { int, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import type { ReplyRow } from './reply-kind.ts'

export const restMs = 30_000
/** A repetition is known for so long; a phone begins to use its references again after 256 long texts. */
const repeatedMs = 10 * 60_000

/** A reply as it is judged. `beginning`: parts are missing, and this is what there is before the first gap; '' where it is the first. */
export type WholeReply = ReplyRow & { beginning?: string }

interface Part {
  source: number
  seq: number
  gatewayId: number
  account: number
  number: string
  ton: number | null
  sender: string
  reference: number
  total: number
  part: number
  units: string
  at: Date
  receivedAt: Date
  joinedSource: number | null
  joinedSeq: number | null
}

const partColumns = {
  source: int,
  seq: int,
  gatewayId: int,
  account: int,
  number: text,
  ton: orNull(int),
  sender: text,
  reference: int,
  total: int,
  part: int,
  units: text,
  at: time,
  receivedAt: time,
  joinedSource: orNull(int),
  joinedSeq: orNull(int),
}

/** Returns whole replies: parts are removed, and a joined text takes the place of its last part. Call within a transaction. */
export async function joinParts(tx: Db, rows: readonly ReplyRow[]): Promise<WholeReply[]> {
  const parts = rows.filter(row => row.body.part !== undefined)
  if (parts.length === 0) return [...rows]
  const fresh = await keep(tx, parts)
  const joined = new Map<string, WholeReply>()
  for (const [, ofSet] of Map.groupBy(fresh, setKey)) {
    // In the order in which they came: a reference that is used again begins a new text.
    let open = (await readSet(tx, ofSet[0]!)).filter(one => !ofSet.some(part => isSame(part, one)))
    for (const part of ofSet) {
      const repeated = open.find(one => one.joinedSource !== null && saysSame(one, part) && isRecent(one, part))
      if (repeated !== undefined) {
        await markJoined(tx, [part], { source: repeated.joinedSource!, seq: repeated.joinedSeq! })
        continue
      }
      const set = open.filter(isOpen)
      if (set.some(one => one.part === part.part && one.units !== part.units)) {
        joined.set(keyOf(set.at(-1)!), await join(tx, set))
        open = []
      }
      open.push(part)
      const now = open.filter(isOpen)
      if (new Set(now.map(one => one.part)).size < part.total) continue
      joined.set(keyOf(part), await join(tx, now))
      open = now.map(one => ({ ...one, joinedSource: part.source, joinedSeq: part.seq }))
    }
  }
  const standing = rows.flatMap(row => joined.get(keyOf(row)) ?? (row.body.part === undefined ? [row] : []))
  const here = new Set(rows.map(keyOf))
  return [...[...joined].flatMap(([key, whole]) => (here.has(key) ? [] : [whole])), ...standing]
}

const overdueRows = rowsNamed('reply-parts-overdue', { ...partColumns })

/** Joins what has waited for its rest long enough. Several may run at once. */
export async function joinOverdue(tx: Db, nowReal: Date): Promise<WholeReply[]> {
  const overdue = await tx.query<Part>(
    sql`select ${columns} from reply_parts p
      where p.units <> '' and p.joined_source is null and p.received_at <= ${new Date(nowReal.getTime() - restMs)}
      order by p.received_at, p.source, p.seq limit 500 for update skip locked`,
    overdueRows,
  )
  const wholes: WholeReply[] = []
  for (const [, ofSet] of Map.groupBy(overdue, setKey)) {
    const set = (await readSet(tx, ofSet[0]!)).filter(isOpen)
    if (set.length > 0) wholes.push(await join(tx, set))
  }
  await tx.run(
    sql`update reply_parts set units = '' where units <> '' and joined_source is not null
      and received_at <= ${new Date(nowReal.getTime() - repeatedMs)}`,
    'reply-parts-done',
  )
  return wholes
}

const keyOf = ({ source, seq }: { source: number; seq: number }) => `${source}/${seq}`
const setKey = ({ account, number, sender, reference, total }: Part) =>
  `${account}/${number}/${sender}/${reference}/${total}`
const isSame = (a: Part, b: Part) => a.source === b.source && a.seq === b.seq
const isOpen = (part: Part) => part.joinedSource === null
const saysSame = (a: Part, b: Part) => a.part === b.part && a.units === b.units
const isRecent = (before: Part, part: Part) => part.receivedAt.getTime() - before.receivedAt.getTime() < repeatedMs

const columns = sql`p.source, p.seq, p.gateway_id as "gatewayId", p.account, p.number, p.ton, p.sender, p.reference, p.total, p.part,
  p.units, p.at, p.received_at as "receivedAt", p.joined_source as "joinedSource", p.joined_seq as "joinedSeq"`

const insertedRows = rowsNamed('reply-parts-insert', { source: int, seq: int })

/** Returns those that were not there yet, in their order. */
async function keep(tx: Db, rows: readonly ReplyRow[]): Promise<Part[]> {
  const accounts = await readAccounts(tx, [...new Set(rows.flatMap(row => row.gatewayId ?? []))])
  const receivedAt = new Date()
  const parts = rows.map(({ source, seq, gatewayId, at, body }): Part => {
    const { number, ton, sender, part } = body
    const account = accounts.get(gatewayId ?? 0)?.[0]?.gatewayId ?? gatewayId ?? 0
    const { reference, total, number: place, units } = part!
    const from = { gatewayId: gatewayId ?? 0, account, number: cleanText(number), ton: ton ?? null }
    const of = { sender: cleanText(sender), reference, total, part: place, units }
    return { source, seq, ...from, ...of, at, receivedAt, joinedSource: null, joinedSeq: null }
  })
  const fresh = await tx.query<{ source: number; seq: number }>(
    sql`insert into reply_parts (source, seq, gateway_id, account, number, ton, sender, reference, total, part, units, at, received_at)
      select u.* from unnest(${parts.map(part => part.source)}::bigint[], ${parts.map(part => part.seq)}::bigint[],
        ${parts.map(part => part.gatewayId)}::int[], ${parts.map(part => part.account)}::int[], ${parts.map(part => part.number)}::text[],
        ${parts.map(part => part.ton)}::smallint[], ${parts.map(part => part.sender)}::text[], ${parts.map(part => part.reference)}::int[],
        ${parts.map(part => part.total)}::smallint[], ${parts.map(part => part.part)}::smallint[], ${parts.map(part => part.units)}::text[],
        ${parts.map(part => part.at)}::timestamptz[], ${parts.map(part => part.receivedAt)}::timestamptz[]) u
      on conflict (source, seq) do nothing returning source, seq`,
    insertedRows,
  )
  const keys = new Set(fresh.map(keyOf))
  return parts.filter(part => keys.has(keyOf(part)))
}

const setRows = rowsNamed('reply-parts-set', { ...partColumns })

function readSet(tx: Db, { account, number, sender, reference, total }: Part): Promise<Part[]> {
  return tx.query<Part>(
    sql`select ${columns} from reply_parts p where p.account = ${account} and p.number = ${number} and p.reference = ${reference}
        and p.total = ${total} and p.sender = ${sender} and p.units <> ''
      order by p.received_at, p.source, p.seq for update`,
    setRows,
  )
}

/** One text of the parts that are there; under the key of the one that came last. */
async function join(tx: Db, set: readonly Part[]): Promise<WholeReply> {
  const last = set.at(-1)!
  await markJoined(tx, set, last)
  const byPlace = new Map(set.map(part => [part.part, part]))
  let text = ''
  let beginning: string | undefined
  for (let place = 1; place <= last.total; place++) {
    const part = byPlace.get(place)
    if (part === undefined) beginning ??= cleanText(text)
    const before = byPlace.has(place - 1) || place === 1
    if (part !== undefined) text += decodeUcs2(Buffer.from(part.units, 'hex'))
    else if (before) text += gap
  }
  const { source, seq, gatewayId, at, number, ton, sender } = last
  const body = { number, ...(ton === null ? {} : { ton }), sender, text: cleanText(text) }
  return { kind: 'reply', source, seq, gatewayId, at, body, ...(beginning === undefined ? {} : { beginning }) }
}

/** Where parts are missing. */
const gap = ' … '

async function markJoined(
  tx: Db,
  parts: readonly Part[],
  { source, seq }: { source: number; seq: number },
): Promise<void> {
  await tx.run(
    sql`update reply_parts p set joined_source = ${source}, joined_seq = ${seq}
      from unnest(${parts.map(part => part.source)}::bigint[], ${parts.map(part => part.seq)}::bigint[]) as u (source, seq)
      where p.source = u.source and p.seq = u.seq`,
    'reply-parts-join',
  )
}
