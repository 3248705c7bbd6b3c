/** For tests: a database with workspaces to import into, and what must hold after any import. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { createWorkspace } from '../access/workspaces.ts'
import { type Database, openDatabase } from '../platform/db/database.ts'
import { raw, sql } from '../platform/db/sql.ts'
import { type ImportInput, type ImportResult, importProfiles } from './import.ts'
import { parseMap } from './mapping.ts'

export const list = new URL('../../test/data/profiles-10k.csv', import.meta.url)
export const facts = JSON.parse(
  readFileSync(new URL('../../test/data/profiles-10k.facts.json', import.meta.url), 'utf8'),
)
export const fullMap =
  'phone=Mobil,external_key=Kundnr,first_name=Förnamn,last_name=Efternamn,email=E-post,city=Ort,attr.customer_since:date=Kundsedan,attr.points:number=Poäng,sms_consent=Samtycke SMS,attr.note:text=Notering'
export const now = new Date('2024-06-01T10:00:00Z')
export const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000)

export interface ImportedProfile {
  profileId: number
  externalKey: string | null
  phone: string | null
  phoneGiven: string | null
  phoneType: string
  shared: boolean
  email: string | null
  firstName: string | null
  attrs: Record<string, unknown>
}

export interface ImportTest {
  db: Database
  /** The folder of files; removed afterwards. */
  folder: string
  fileOf(content: string | Buffer): string
  newWorkspace(): Promise<number>
  run(workspaceId: number, path: string, map: string, more?: Partial<ImportInput>): Promise<ImportResult>
  csv(workspaceId: number, text: string, map: string, more?: Partial<ImportInput>): Promise<ImportResult>
  profiles(workspaceId: number): Promise<ImportedProfile[]>
  keys(workspaceId: number): Promise<{ value: string; kind: string; n: number }[]>
  count(table: string, workspaceId: number): Promise<number>
  /** All ids of the installation are without a gap, and the next one follows. */
  expectDenseIds(): Promise<void>
  /** Keys, shared numbers and current consents match the profiles and the consents. */
  expectConsistent(workspaceId: number): Promise<void>
}

/** Set up before the tests of a file, dropped after them. */
export function importTest(): ImportTest {
  const folder = mkdtempSync(join(tmpdir(), 'homing-import-'))
  let files = 0
  let workspaces = 0
  let drop = async () => {}
  const made = { folder } as ImportTest
  beforeAll(async () => {
    const database = await freshDatabase()
    drop = database.drop
    made.db = openDatabase({ connection: database.connection, lane: 'test' })
  })
  afterAll(async () => {
    await made.db.end()
    await drop()
    rmSync(folder, { recursive: true, force: true })
  })
  made.fileOf = content => {
    const path = join(folder, `${++files}.csv`)
    writeFileSync(path, content)
    return path
  }
  made.newWorkspace = async () =>
    (await createWorkspace(made.db, { name: `Shop ${++workspaces}`, owner: null, actor: 'test' }, now)).id
  made.run = (workspaceId, path, map, more = {}) =>
    importProfiles(made.db, {
      workspaceId,
      path,
      fileName: 'list.csv',
      importId: null,
      country: 'SE',
      map: parseMap(map),
      topicName: 'Offers',
      mode: 'both',
      now,
      rejectedPath: null,
      ...more,
    })
  made.csv = (workspaceId, text, map, more) => made.run(workspaceId, made.fileOf(text), map, more)
  Object.assign(made, readers(made))
  return made
}

function readers(
  made: ImportTest,
): Pick<ImportTest, 'profiles' | 'keys' | 'count' | 'expectDenseIds' | 'expectConsistent'> {
  return {
    profiles: workspaceId =>
      made.db.query<ImportedProfile>(sql`
        select profile_id as "profileId", external_key as "externalKey", phone, phone_given as "phoneGiven", phone_type as "phoneType",
          phone_shared as shared, email, first_name as "firstName", attrs
        from profiles where workspace_id = ${workspaceId} order by profile_id`),
    keys: workspaceId =>
      made.db.query<{ value: string; kind: string; n: number }>(sql`
        select value, kind, profile_id as n from profile_keys where workspace_id = ${workspaceId} order by value, profile_id`),
    async count(table, workspaceId) {
      const [row] = await made.db.query<{ n: number }>(
        sql`select count(*) as n from ${raw(table)} where workspace_id = ${workspaceId}`,
      )
      return row?.n ?? 0
    },
    async expectDenseIds() {
      const [row] = await made.db.query<{ n: number; top: number; last: number }>(sql`
    select count(*) as n, coalesce(max(profile_id), 0) as top, (select case when is_called then last_value else 0 end from profile_ids) as last
    from profiles`)
      expect(row).toEqual({ n: row?.n, top: row?.n, last: row?.n })
    },
    async expectConsistent(workspaceId: number) {
      const wrong = await made.db.query(sql`
    select p.profile_id
    from (select *, phone is not null and count(*) over (partition by phone) > 1 as really_shared from profiles where workspace_id = ${workspaceId}) p
    left join profile_keys n on n.workspace_id = p.workspace_id and n.kind = 'phone' and n.value = p.phone and n.profile_id = p.profile_id
    left join profile_keys e on e.workspace_id = p.workspace_id and e.kind = 'external_key' and e.value = p.external_key and e.profile_id = p.profile_id
    where p.phone_shared <> p.really_shared or (p.phone is null) <> (n.value is null) or (p.external_key is null) <> (e.value is null)
      or p.bucket <> (p.profile_id & 255)
    union all
    select k.profile_id from profile_keys k join profiles p on p.bucket = (k.profile_id & 255) and p.profile_id = k.profile_id
    where k.workspace_id = ${workspaceId} and k.value is distinct from case k.kind when 'phone' then p.phone when 'email' then p.email else p.external_key end
    union all
    select c.profile_id from (select distinct on (profile_id, topic_id, channel) * from consents where workspace_id = ${workspaceId}
      order by profile_id, topic_id, channel, at desc) c
    full join (select * from current_consents where workspace_id = ${workspaceId}) k using (bucket, profile_id, topic_id, channel)
    where (c.at, c.granted) is distinct from (k.at, k.granted)`)
      expect(wrong).toEqual([])
    },
  }
}
