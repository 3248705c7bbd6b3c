/**
 * Which clicks does one address turn, of whatever messages? After clicks with a sign of a program were judged, those around them
 * in time are looked at together (core/clicks/crowd.ts), and the messages of those that are turned are judged again.
 */
import { crowdMs, crowdsOf } from '../../core/clicks/crowd.ts'
import { type Grouping, groupForWriting } from '../messages/group.ts'
import { keyColumns, type MessageKey } from '../messages/message-change.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { flag, int, rowsNamed, text, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { judgeInTransaction } from './judge.ts'
import type { StoredClick } from './store.ts'

/** `signed`: what was judged and counts for the rule. In transactions of its own; a repeat changes nothing. */
export async function turnCrowds(db: Database, signed: readonly StoredClick[], grouping: Grouping): Promise<void> {
  if (signed.length === 0) return
  const turned = crowdsOf(await readSigned(db, signed)).filter(hit => !hit.crowd)
  for (let first = 0; first < turned.length; first += turnedAtOnce) {
    for (const { items, tallyBucket } of groupForWriting(turned.slice(first, first + turnedAtOnce), grouping))
      await judgeInTransaction(db, tallyBucket, { crowd: items })
  }
}

/** Messages locked by one transaction of turned clicks. */
const turnedAtOnce = 1_000

interface SignedClick extends MessageKey {
  source: number
  seq: number
  address: string
  at: Date
  crowd: boolean
}

/** More signed visits of one address around one time are not looked at: what is not turned yet and the latest come first. */
const signedRead = 5_000

const signedRows = rowsNamed('clicks-signed', {
  ...keyColumns,
  source: int,
  seq: int,
  at: time,
  crowd: flag,
  address: text,
})

/** The signed clicks of the same addresses within a minute of each, of any profile: of all buckets, by the partial index. */
async function readSigned(db: Db, around: readonly StoredClick[]): Promise<SignedClick[]> {
  const found: SignedClick[] = []
  for (const { address, from, to } of stretchesOf(around))
    found.push(
      ...(await db.query<SignedClick>(
        sql`select /* fanout */ c.bucket, c.activity_id as "activityId", c.profile_id as "profileId", c.source, c.seq, c.at, c.crowd,
            c.address_hash as address
          from clicks c where c.signed and c.address_hash = ${address} and c.at between ${from} and ${to}
          order by c.crowd, c.at desc limit ${signedRead}`,
        signedRows,
      )),
    )
  return found
}

interface Stretch {
  address: string
  from: Date
  to: Date
}

/** A minute around each click; those of one address that overlap are one. */
function stretchesOf(clicks: readonly StoredClick[]): Stretch[] {
  const stretches: Stretch[] = []
  for (const [address, hits] of Map.groupBy(clicks, click => click.addressHash ?? '')) {
    let last: Stretch | undefined
    for (const time of hits.map(({ at }) => at.getTime()).sort((a, b) => a - b)) {
      if (last === undefined || time - crowdMs > last.to.getTime()) {
        last = { address, from: new Date(time - crowdMs), to: new Date(time + crowdMs) }
        stretches.push(last)
      } else last.to = new Date(time + crowdMs)
    }
  }
  return stretches
}
