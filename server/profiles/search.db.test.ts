import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { fewOf, findProfiles, isFound, readSearch } from './search.ts'

const db = await ownDatabase({ max: 2 })

const now = new Date('2026-11-01T12:00:00Z')
let workspaces = 0

interface Somebody {
  first?: string | null
  last?: string | null
  phone?: string | null
  email?: string | null
  key?: string | null
}

/** Profiles with their keys, in a workspace of their own. */
async function make(people: readonly Somebody[]): Promise<{ workspaceId: number; ids: number[] }> {
  const workspaceId = 1000 + ++workspaces
  const rows = await db.query<{ id: number }>(
    sql`select nextval('profile_ids') as id from generate_series(1, ${people.length})`,
  )
  const ids = rows.map(({ id }) => id)
  const column = (key: keyof Somebody) => people.map(person => person[key] ?? null)
  await db.run(sql`
    insert into profiles (bucket, profile_id, workspace_id, first_name, last_name, phone, phone_type, email, email_valid, external_key, created_at, updated_at)
    select u.id & 255, u.id, ${workspaceId}, u.first, u.last, u.phone, case when u.phone is null then 'none' else 'mobile' end, u.email,
      u.email is not null, u.key, ${now}, ${now}
    from unnest(${ids}::bigint[], ${column('first')}::text[], ${column('last')}::text[], ${column('phone')}::text[],
      ${column('email')}::text[], ${column('key')}::text[]) as u (id, first, last, phone, email, key)`)
  await db.run(sql`
    insert into profile_keys (value, workspace_id, kind, profile_id)
    select v.value, p.workspace_id, v.kind, p.profile_id from profiles p
    cross join lateral (values ('external_key', p.external_key), ('phone', p.phone), ('email', p.email)) as v (kind, value)
    where p.workspace_id = ${workspaceId} and v.value is not null`)
  return { workspaceId, ids }
}

async function both(workspaceId: number, text: string): Promise<{ byIndex: number[]; byTest: number[] }> {
  const search = readSearch(text, 'SE')
  if (search === undefined) return { byIndex: [], byTest: [] }
  const rows = await db.query<{ id: number }>(
    sql`select p.profile_id as id from profiles p where p.workspace_id = ${workspaceId} and ${isFound(search)}`,
  )
  const byIndex = (await findProfiles(db, workspaceId, search, 1)) ?? []
  const up = (a: number, b: number) => a - b
  return { byIndex: byIndex.sort(up), byTest: rows.map(({ id }) => id).sort(up) }
}

describe('a search', () => {
  test('finds by the beginning of first name, last name, "first last", number, e-mail or key; characters of patterns mean themselves', async () => {
    const { workspaceId, ids } = await make([
      { first: 'Åsa', last: 'Öberg', phone: '+46701234567', email: 'asa@acme.test', key: 'C-100%' },
      { first: 'Bo', last: 'Ek_', phone: '+47401234567', email: 'asa@acme.test', key: 'c-1000' },
      { first: 'ᾈda 👩‍👩‍👧', last: 'مُحَمَّد', key: 'back\\slash' },
      { last: "O'Neil" },
      { first: 'x'.repeat(500), last: 'y'.repeat(500) },
      { first: '*'.repeat(79), last: null },
      { email: '+46703@acme.test', key: '+46703' },
    ])
    const names = ['Åsa', 'Bo', 'Ada', 'Neil', 'Long', 'Stars', 'Plus']
    const found = async (text: string) => {
      const { byIndex, byTest } = await both(workspaceId, text)
      expect([text, byIndex]).toEqual([text, byTest])
      return byIndex.map(id => names[ids.indexOf(id)])
    }
    for (const text of ['070-123', '0046 (0)70 12', '+46701234567', '70123', 'åsa ö', 'ÖBERG', ' Åsa ', 'C-100%'])
      expect([text, await found(text)]).toEqual([text, ['Åsa']])
    expect(await found('asa@ACME')).toEqual(['Åsa', 'Bo'])
    expect(await found('c-100')).toEqual(['Åsa', 'Bo'])
    expect(await found('ek_')).toEqual(['Bo'])
    expect(await found('+47 40')).toEqual(['Bo'])
    // A typed number means numbers, not e-mails and keys that look like one.
    for (const text of ['0703', '0046703']) expect(await found(text)).toEqual([])
    expect(await found('+46703')).toEqual(['Plus'])
    expect(await found('ᾈDA 👩‍👩‍👧 مُ')).toEqual(['Ada'])
    expect(await found('back\\')).toEqual(['Ada'])
    expect(await found("o'n")).toEqual(['Neil'])
    expect(await found('x'.repeat(500))).toEqual(['Long'])
    expect(await found(`${'x'.repeat(80)}y`)).toEqual([])
    for (const text of ['%', '_', '\\', "' or 1=1 --", '\0', 'a\0', 'e_', '\u{D800}', '😀'.repeat(250), 'sa', '46'])
      expect([text, await found(text)]).toEqual([text, text === '46' ? ['Åsa'] : []])
    expect(readSearch('  ', 'SE')).toBeUndefined()
    expect(readSearch(undefined, 'SE')).toBeUndefined()
  })

  test('finds the same by index and row by row, for any profiles and any input', async () => {
    const text = fc.string({ unit: fc.constantFrom(...'aAåÅbß %_\\+4670@.'), maxLength: 6 })
    const maybe = fc.option(text, { nil: null })
    const phone = fc.option(
      fc.integer({ min: 0, max: 99 }).map(n => `+4670${n}`),
      { nil: null },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ first: maybe, last: maybe, phone, email: maybe }), { minLength: 1, maxLength: 20 }),
        fc.array(text, { minLength: 5, maxLength: 5 }),
        async (people, texts) => {
          const { workspaceId } = await make(people)
          for (const each of texts) {
            const { byIndex, byTest } = await both(workspaceId, each)
            expect([each, byIndex]).toEqual([each, byTest])
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  test('another workspace is not looked into', async () => {
    await make([{ first: 'Nobodyelse', key: 'N1' }])
    const { workspaceId } = await make([{ first: 'Anna' }])
    expect(await both(workspaceId, 'nobodyelse')).toEqual({ byIndex: [], byTest: [] })
    expect(await both(workspaceId, 'n1')).toEqual({ byIndex: [], byTest: [] })
  })

  test('reads its indexes only, and tells where there are many', async () => {
    const { workspaceId } = await make(
      Array.from({ length: fewOf(1) + 10 }, (_, i) => ({
        first: `Same ${i}`,
        last: `L${i}`,
        phone: `+467${10_000_000 + i}`,
        key: `K${i}`,
      })),
    )
    await db.run(sql`analyze profiles, profile_keys`)
    const search = async (text: string) =>
      findProfiles(db, workspaceId, readSearch(text, 'SE') ?? { text, phones: [] }, 1)
    expect(await search('same')).toBeNull()
    expect(await search('071')).toBeNull()
    expect(await search('same 77 l')).toHaveLength(1)
    const plans: string[] = []
    const explaining = {
      query: async (statement: Parameters<Database['query']>[0]) => {
        const rows = await db.query<{ 'QUERY PLAN': string }>(sql`explain ${statement}`)
        plans.push(rows.map(row => row['QUERY PLAN']).join('\n'))
        return []
      },
      run: db.run,
    }
    for (const text of ['same 77', 'l7', '071000', 'k12'])
      await findProfiles(explaining, workspaceId, readSearch(text, 'SE') ?? { text, phones: [] }, 1)
    const all = plans.join('\n')
    for (const index of ['profiles_name', 'profiles_last_name', 'profile_keys_beginning']) expect(all).toContain(index)
    expect(all).not.toMatch(/Seq Scan/)
    // The beginning is a range of the index, not a test of each entry of the workspace.
    expect(all.match(/Index Cond: .*~>=~/g)).toHaveLength(4 * 2 + 5)
  })
})
