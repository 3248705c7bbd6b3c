/**
 * Where is something held about a person? Each owner of tables declares its places: which rows of a table are a person's, and which columns
 * of them hold something personal. The export of a person (profiles/personal-data.ts) is made from the places, an erase (profiles/forget.ts) from
 * the same owners, and a test compares the places with every column of the database (server/personal.db.test.ts).
 */
import type { Channel } from '../../core/channels.ts'
import { testRecipient } from '../../core/messages/test-sms.ts'
import type { Db } from '../platform/db/database.ts'
import { pgArray, type Sql, sql } from '../platform/db/sql.ts'
import type { Tallies } from './tallies.ts'

export type PersonAddresses = Readonly<Record<Channel, readonly string[]>>

export interface PersonalDataSubject {
  workspaceId: number
  profileId: number
  /** by channel, the current address and earlier ones; for an erased person only those that no other profile of the workspace has */
  addresses: PersonAddresses
  /** activities of test SMS to these numbers, and of those that were written with the values of this profile */
  tests: readonly number[]
}

export interface PersonalDataPlace {
  table: string
  /** its name in the document */
  part: string
  /** what is overwritten by an erase; what is not named is a key, a time or a figure */
  columns: readonly string[]
  /** a select of the person's rows, with its order; `db` for what has to be looked up first */
  rows(person: PersonalDataSubject, db: Db): Sql | Promise<Sql>
}

/** `tallies` is flushed at the end. */
export type Forget = (tx: Db, person: PersonalDataSubject & { now: Date }, tallies: Tallies) => Promise<void>

/** What an erase looks for in files: the numbers, address, key and names of the person. */
export interface PersonalWords {
  workspaceId: number
  addresses: PersonAddresses
  words: readonly string[]
}

/** Who holds something, and overwrites it. */
export interface PersonalDataOwner {
  places: readonly PersonalDataPlace[]
  forget: Forget
  /** the same in files of the data folder; before the tables, which know the words */
  forgetFiles?(db: Db, dataFolder: string, words: PersonalWords): Promise<void>
}

export const mineOf = (alias: Sql, { workspaceId, profileId }: PersonalDataSubject): Sql =>
  sql`${alias}.bucket = ${profileId & 255} and ${alias}.profile_id = ${profileId} and ${alias}.workspace_id = ${workspaceId}`

/** Facts of the person's messages, tests among them. */
function ofMessage(alias: Sql, person: PersonalDataSubject): Sql {
  const recipients = person.tests.length === 0 ? [person.profileId] : [person.profileId, testRecipient]
  return sql`${alias}.bucket = any(${recipients.map(id => id & 255)}::int[]) and ${alias}.profile_id = any(${recipients}::bigint[])
    and (${testsAmong(alias, person.tests)} or exists (select from messages m where ${mineOf(sql`m`, person)}
      and m.bucket = ${alias}.bucket and m.activity_id = ${alias}.activity_id and m.profile_id = ${alias}.profile_id))`
}

const testsAmong = (alias: Sql, tests: readonly number[]): Sql =>
  sql`${alias}.bucket = ${testRecipient & 255} and ${alias}.profile_id = ${testRecipient} and ${alias}.activity_id = any(${pgArray(tests)}::bigint[])`

/** Their activities: to one of the numbers, or written with the values of the profile. */
export async function testsOf(
  db: Db,
  { workspaceId, profileId, addresses }: Pick<PersonalDataSubject, 'workspaceId' | 'profileId' | 'addresses'>,
): Promise<number[]> {
  const rows = await db.query<{ id: number }>(sql`
    select m.activity_id as id from messages m
    where m.bucket = ${testRecipient & 255} and m.profile_id = ${testRecipient} and m.workspace_id = ${workspaceId}
      and (m.address = any(${pgArray(addresses.sms)}::text[]) or m.activity_id in (
        select (u.details->>'test')::bigint from audit u where u.workspace_id = ${workspaceId} and u.details->>'profile' = ${String(profileId)}))
    order by m.activity_id`)
  return rows.map(row => row.id)
}

export const messagePlaces: readonly PersonalDataPlace[] = [
  {
    // The text is the activity's, with this person's values in its tags; of an e-mail its subject.
    table: 'messages',
    part: 'messages',
    columns: ['address', 'vars'],
    rows: person =>
      sql`select m.*, a.name as activity, a.sender, coalesce(a.content ->> 'subject', a.content ->> 'body') as text, m.vars as values from messages m join activities a on a.id = m.activity_id
        where ${mineOf(sql`m`, person)} order by m.activity_id`,
  },
  {
    // Their facts are among those of the other messages.
    table: 'messages',
    part: 'testSms',
    columns: [],
    rows: ({ tests }) =>
      sql`select m.*, a.name as activity, a.sender, coalesce(a.content ->> 'subject', a.content ->> 'body') as text, m.vars as values from messages m join activities a on a.id = m.activity_id
        where ${testsAmong(sql`m`, tests)} order by m.activity_id`,
  },
  {
    table: 'attempts',
    part: 'attempts',
    columns: [],
    rows: person => sql`select t.* from attempts t where ${ofMessage(sql`t`, person)} order by t.activity_id, t.n`,
  },
  {
    table: 'answers',
    part: 'answers',
    columns: [],
    rows: person =>
      sql`select w.* from answers w where ${ofMessage(sql`w`, person)} order by w.activity_id, w.n, w.part, w.outcome`,
  },
  {
    table: 'receipts',
    part: 'receipts',
    columns: [],
    rows: person =>
      sql`select r.* from receipts r where ${ofMessage(sql`r`, person)} order by r.activity_id, r.source, r.seq`,
  },
  {
    table: 'outbox',
    part: 'closingsUnderWay',
    columns: ['body'],
    rows: person => sql`select o.* from outbox o where ${mineOf(sql`o`, person)} order by o.activity_id, o.kind`,
  },
]
