/**
 * All that is known of a person, as one JSON document to hand over: docs/known.md names its parts. Written piece by piece,
 * fact by fact in pages: a person with a million facts costs the memory of one page. Nothing is left out that an erase would overwrite.
 */
import { problem } from '../../core/problems.ts'
import type { Db } from '../platform/db.ts'
import { type Sql, sql } from '../platform/sql.ts'
import { writtenForms } from './phone-check.ts'

const rowsAPage = 500

interface Part {
  name: string
  /** a select whose rows become the objects, with its order; `offset` and `limit` are put behind it */
  rows: Sql
}

/** Throws `not_found` before the first piece. */
export async function* knownOf(db: Db, workspaceId: number, profileId: number, now: Date): AsyncGenerator<string> {
  const [profile] = await db.query<{ phone: string | null }>(sql`
    select p.phone from profiles p where p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`)
  if (profile === undefined) throw problem('not_found', { what: 'profile' })
  yield `{"madeAt":${JSON.stringify(now)},"profileId":${profileId}`
  for (const { name, rows } of partsOf(workspaceId, profileId, profile.phone)) {
    yield `,\n"${name}":[`
    for (let offset = 0; ; offset += rowsAPage) {
      const page = await db.query<{ row: unknown }>(
        sql`select to_jsonb(x) as row from (${rows} offset ${offset} limit ${rowsAPage}) x`,
      )
      if (page.length > 0) yield (offset === 0 ? '\n' : ',\n') + page.map(({ row }) => JSON.stringify(row)).join(',\n')
      if (page.length < rowsAPage) break
    }
    yield ']'
  }
  yield '}\n'
}

function partsOf(workspaceId: number, profileId: number, phone: string | null): Part[] {
  const bucket = profileId & 255
  const mine = (alias: Sql) =>
    sql`${alias}.bucket = ${bucket} and ${alias}.profile_id = ${profileId} and ${alias}.workspace_id = ${workspaceId}`
  const ofMessage = (alias: Sql) =>
    sql`exists (select from messages m where ${mine(sql`m`)} and m.activity_id = ${alias}.activity_id)
      and ${alias}.bucket = ${bucket} and ${alias}.profile_id = ${profileId}`
  const number = phone ?? ''
  return [
    { name: 'profile', rows: sql`select p.* from profiles p where ${mine(sql`p`)}` },
    {
      name: 'consents',
      rows: sql`select t.name as topic, c.channel, c.at, c.granted, c.source, c.evidence from consents c join topics t on t.id = c.topic_id
        where ${mine(sql`c`)} order by c.at, c.topic_id, c.channel`,
    },
    {
      name: 'optOuts',
      rows: sql`select o.*, (select t.name from topics t where t.id = o.topic_id) as topic from opt_outs o
        where o.workspace_id = ${workspaceId} and (o.phone = ${number} or o.profile_id = ${profileId}) order by o.id`,
    },
    {
      name: 'suppressions',
      rows: sql`select s.* from suppressions s where s.workspace_id = ${workspaceId} and s.address = ${number} order by s.id`,
    },
    {
      // The text is the activity's, with this person's values in its tags.
      name: 'messages',
      rows: sql`select m.*, a.name as activity, a.sender, a.body as text, m.vars as values from messages m join activities a on a.id = m.activity_id
        where ${mine(sql`m`)} order by m.activity_id`,
    },
    { name: 'attempts', rows: sql`select t.* from attempts t where ${ofMessage(sql`t`)} order by t.activity_id, t.n` },
    {
      name: 'answers',
      rows: sql`select w.* from answers w where ${ofMessage(sql`w`)} order by w.activity_id, w.n, w.part, w.outcome`,
    },
    {
      name: 'receipts',
      rows: sql`select r.* from receipts r where ${ofMessage(sql`r`)} order by r.activity_id, r.source, r.seq`,
    },
    {
      name: 'clicks',
      rows: sql`select c.*, l.url from clicks c join links l on l.id = c.link_id where ${mine(sql`c`)} order by c.activity_id, c.source, c.seq`,
    },
    {
      name: 'replies',
      rows: sql`select y.* from replies y where y.workspace_id = ${workspaceId} and ((y.bucket = ${bucket} and y.profile_id = ${profileId}) or y.phone = ${number})
        order by y.at, y.source, y.seq`,
    },
    {
      // Parts whose whole is in replies have no text any more, or the same one for some minutes.
      name: 'replyParts',
      rows: sql`select w.reference, w.part, w.total, w.sender, w.at, w.units as utf16 from reply_parts w
        where w.joined_source is null and w.units <> '' and w.number = any(${phone === null ? [] : writtenForms(phone)}::text[])
          and exists (select from gateways g join gateways o on o.host = g.host and o.port = g.port and o.system_id = g.system_id
            where g.workspace_id = ${workspaceId} and o.id = w.gateway_id)
        order by w.at, w.source, w.seq`,
    },
    {
      name: 'audit',
      rows: sql`select u.at, u.actor, u.action, u.subject, u.details from audit u
        where u.workspace_id = ${workspaceId} and u.subject = ${`profile ${profileId}`} order by u.id`,
    },
  ]
}
