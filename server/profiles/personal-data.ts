/**
 * Exports all personal data of a person as one JSON document; docs/known.md lists its parts. It is written fact by fact in pages: a person
 * with a million facts costs the memory of one page. Its source is the same list of tables and columns that an erase overwrites
 * (messages/personal.ts), so nothing is omitted.
 */
import { problem } from '../../core/problems.ts'
import type { PersonalDataOwner } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { profilePlaces, readPerson } from './personal.ts'

const rowsAPage = 500

/** Throws `not_found` before the first piece. */
export async function* exportPersonalData(
  db: Db,
  { workspaceId, profileId, now }: { workspaceId: number; profileId: number; now: Date },
  owners: readonly PersonalDataOwner[],
): AsyncGenerator<string> {
  const [profile] = await db.query<{ phone: string | null; email: string | null }>(sql`
    select p.phone, p.email from profiles p where p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`)
  if (profile === undefined) throw problem('not_found', { what: 'profile' })
  const own = { sms: profile.phone, email: profile.email }
  const person = await readPerson(db, { workspaceId, profileId, own }, 'with shared addresses')
  yield `{"madeAt":${JSON.stringify(now)},"profileId":${profileId},"numbers":${JSON.stringify(person.addresses.sms)},"emails":${JSON.stringify(person.addresses.email)}`
  for (const { part, rows } of [...profilePlaces, ...owners.flatMap(({ places }) => places)]) {
    const selected = await rows(person, db)
    yield `,\n"${part}":[`
    for (let offset = 0; ; offset += rowsAPage) {
      const page = await db.query<{ row: unknown }>(
        sql`select to_jsonb(x) as row from (${selected} offset ${offset} limit ${rowsAPage}) x`,
      )
      if (page.length > 0) yield (offset === 0 ? '\n' : ',\n') + page.map(({ row }) => JSON.stringify(row)).join(',\n')
      if (page.length < rowsAPage) break
    }
    yield ']'
  }
  yield '}\n'
}
