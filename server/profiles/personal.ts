/** Where profiles hold something about a person, and which numbers and test SMS are that person's. Erased by forget.ts. */
import { mineOf, type Person, type Place, testsOf } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { pgArray, sql } from '../platform/db/sql.ts'

export const profilePlaces: readonly Place[] = [
  {
    table: 'profiles',
    part: 'profile',
    columns: [
      'external_key',
      'phone',
      'phone_given',
      'email',
      'first_name',
      'last_name',
      'attrs',
      'tags',
      'country',
      'locked_reason',
    ],
    rows: person => sql`select p.* from profiles p where ${mineOf(sql`p`, person)}`,
  },
  {
    table: 'profile_keys',
    part: 'keys',
    columns: ['value'],
    rows: person =>
      sql`select k.* from profile_keys k /* fanout */ where k.workspace_id = ${person.workspaceId} and k.profile_id = ${person.profileId}
          and k.value in (select unnest(array[p.external_key, p.email, p.phone]) from profiles p where ${mineOf(sql`p`, person)})
        order by k.kind, k.value`,
  },
  {
    table: 'consents',
    part: 'consents',
    columns: ['source', 'evidence'],
    rows: person =>
      sql`select t.name as topic, c.channel, c.at, c.granted, c.source, c.evidence from consents c join topics t on t.id = c.topic_id
        where ${mineOf(sql`c`, person)} order by c.at, c.topic_id, c.channel`,
  },
  {
    table: 'audit',
    part: 'audit',
    columns: [],
    rows: ({ workspaceId, profileId }) =>
      sql`select u.at, u.actor, u.action, u.subject, u.details from audit u where u.workspace_id = ${workspaceId}
          and (u.subject = ${`profile ${profileId}`} or u.details->>'profile' = ${String(profileId)}) order by u.id`,
  },
]

/** Also the numbers of before: what was sent to, what was answered from, what was opted out. `shared`: with those that others have, too. */
export async function readPerson(
  db: Db,
  { workspaceId, profileId, phone }: { workspaceId: number; profileId: number; phone: string | null },
  shared: 'with the shared number' | 'without shared numbers',
): Promise<Person> {
  const mine = (table: 'm' | 'y') =>
    mineOf(table === 'm' ? sql`m` : sql`y`, { workspaceId, profileId, phones: [], tests: [] })
  const found = [
    ...(await db.query<{ address: string }>(
      sql`select distinct m.address from messages m where ${mine('m')} and m.address is not null`,
    )),
    ...(await db.query<{ address: string }>(
      sql`select distinct y.address from replies y where ${mine('y')} and y.address <> ''`,
    )),
    ...(await db.query<{ address: string }>(
      sql`select distinct o.address from opt_outs o where o.workspace_id = ${workspaceId} and o.profile_id = ${profileId} and o.sealed_address is null`,
    )),
  ]
  const all = [...new Set([...(phone === null ? [] : [phone]), ...found.map(row => row.address)])]
  const others = await db.query<{ phone: string }>(sql`
    select distinct k.value as phone from profile_keys k
    where k.value = any(${pgArray(all)}::text[]) and k.workspace_id = ${workspaceId} and k.kind = 'phone' and k.profile_id <> ${profileId}`)
  const taken = new Set(others.map(row => row.phone))
  const phones = all.filter(one => !taken.has(one) || (shared === 'with the shared number' && one === phone))
  return { workspaceId, profileId, phones, tests: await testsOf(db, { workspaceId, profileId, phones }) }
}
