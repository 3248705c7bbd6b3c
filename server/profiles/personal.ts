/** Where profiles contain personal data, and which addresses and test SMS belong to a person. forget.ts erases them. */
import { type Channel, channelKeys, channels, perChannel } from '../../core/channels.ts'
import { mineOf, type PersonalDataPlace, type PersonalDataSubject, testsOf } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { pgArray, type Sql, sql } from '../platform/db/sql.ts'

export const profilePlaces: readonly PersonalDataPlace[] = [
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
      'written',
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

/** The current addresses of a profile. */
export type OwnAddresses = Readonly<Record<Channel, string | null>>

/** Includes earlier addresses: those of messages, replies and opt-outs. `shared`: includes addresses that other profiles have. */
export async function readPerson(
  db: Db,
  { workspaceId, profileId, own }: { workspaceId: number; profileId: number; own: OwnAddresses },
  shared: 'with shared addresses' | 'without shared addresses',
): Promise<PersonalDataSubject> {
  const mine = (alias: Sql) => mineOf(alias, { workspaceId, profileId, addresses: perChannel(() => []), tests: [] })
  const found = [
    ...(await db.query<{ channel: string; address: string }>(
      sql`select distinct a.channel, m.address from messages m join activities a on a.id = m.activity_id
        where ${mine(sql`m`)} and m.address is not null`,
    )),
    // A reply is an SMS.
    ...(await db.query<{ channel: string; address: string }>(
      sql`select distinct 'sms' as channel, y.address from replies y where ${mine(sql`y`)} and y.address <> ''`,
    )),
    ...(await db.query<{ channel: string; address: string }>(
      sql`select distinct o.channel, o.address from opt_outs o
        where o.workspace_id = ${workspaceId} and o.profile_id = ${profileId} and o.sealed_address is null`,
    )),
  ]
  const taken = await takenAmong(db, { workspaceId, profileId }, [...found.map(row => row.address), ...ownOf(own)])
  const addresses = perChannel(channel => {
    const here = found.filter(row => row.channel === channel).map(row => row.address)
    const all = [...new Set([own[channel] ?? [], here].flat())]
    return all.filter(
      one =>
        !taken.has(`${channels[channel].addressColumn} ${one}`) ||
        (shared === 'with shared addresses' && one === own[channel]),
    )
  })
  return { workspaceId, profileId, addresses, tests: await testsOf(db, { workspaceId, profileId, addresses }) }
}

const ownOf = (own: OwnAddresses) => channelKeys.flatMap(channel => own[channel] ?? [])

/** Those that other profiles have: "kind value" of their keys. */
async function takenAmong(
  db: Db,
  { workspaceId, profileId }: { workspaceId: number; profileId: number },
  addresses: readonly string[],
): Promise<Set<string>> {
  const rows = await db.query<{ kind: string; value: string }>(sql`
    select distinct k.kind, k.value from profile_keys k
    where k.value = any(${pgArray(addresses)}::text[]) and k.workspace_id = ${workspaceId}
      and k.kind = any(${channelKeys.map(channel => channels[channel].addressColumn)}::text[]) and k.profile_id <> ${profileId}`)
  return new Set(rows.map(({ kind, value }) => `${kind} ${value}`))
}
