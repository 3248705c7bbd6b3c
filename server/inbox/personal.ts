/** Where the raw records of what came in hold something about a person. */
import type { PersonalDataOwner, PersonalDataPlace } from '../messages/personal.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import { forgetRecords, recordsOf } from './forget.ts'
import type { AnyKind } from './record-kind.ts'

const placesOf = (kinds: readonly AnyKind[]): readonly PersonalDataPlace[] => [
  {
    table: 'inbox',
    part: 'records',
    columns: ['body'],
    async rows(person, db) {
      const keys = await recordsOf(db, person, kinds)
      return sql`select i.* from inbox i join (select distinct k.source, k.seq from unnest(${pgArray(keys.map(key => key.source))}::bigint[],
          ${pgArray(keys.map(key => key.seq))}::bigint[]) as k (source, seq)) k on i.source = k.source and i.seq = k.seq
        order by i.source, i.seq`
    },
  },
  {
    table: 'waiting',
    part: 'recordsWaiting',
    columns: ['body', 'number', 'why'],
    async rows(person, db) {
      const keys = await recordsOf(db, person, kinds)
      return sql`select w.* from waiting w join (select distinct k.source, k.seq from unnest(${pgArray(keys.map(key => key.source))}::bigint[],
          ${pgArray(keys.map(key => key.seq))}::bigint[]) as k (source, seq)) k on w.source = k.source and w.seq = k.seq
        order by w.source, w.seq`
    },
  },
]

export const recordOwner = (kinds: readonly AnyKind[]): PersonalDataOwner => ({
  places: placesOf(kinds),
  forget: (tx, person) => forgetRecords(tx, person, kinds),
})
