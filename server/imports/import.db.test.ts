/** The list of 10,000 gives exactly its facts, however it is written (more: import.long.test.ts) and however often it comes. */
import { describe, expect, test } from 'vitest'
import { sql } from '../platform/db/sql.ts'
import { facts, fullMap, importTest, later, list, now } from './import.fixture.ts'
import type { ImportResult } from './import.ts'
import { writings } from './writings.fixture.ts'

const made = importTest()

describe('the list of 10,000', () => {
  const summary = ({ created, updated, rejected, skipped, notes, reach, marked, ...rest }: ImportResult) => rest
  let workspaceId: number

  test('gives exactly its facts', async () => {
    workspaceId = await made.newWorkspace()
    const result = await made.run(workspaceId, list.pathname, fullMap)
    expect(summary(result)).toEqual(facts)
    expect(result).toMatchObject({ created: 9953, updated: 0, rejected: 0, skipped: 0, notes: [] })
    expect(result.reach).toEqual({ topic: 'Offers', people: facts.distinctSendableNumbersWithConsent })
    expect(await made.count('profiles', workspaceId)).toBe(9953)
    await made.expectDenseIds()
    await made.expectConsistent(workspaceId)
  })

  test('keeps each cell as what it is', async () => {
    const [first] = await made.db.query(sql`
      select external_key, first_name, last_name, phone, country, phone_type, email, email_valid, attrs, created_at from profiles
      where workspace_id = ${workspaceId} and external_key = 'K000001'`)
    expect(first).toEqual({
      external_key: 'K000001',
      first_name: 'فاطمة',
      last_name: 'Hansen',
      phone: '+46765850564',
      country: 'SE',
      phone_type: 'mobile',
      email: '1@example.com',
      email_valid: true,
      attrs: { city: 'Oslo', customer_since: '2019-05-17', points: 637.41, note: '@handle' },
      created_at: now,
    })
    const [evidence] = await made.db.query<{ evidence: unknown }>(sql`
      select c.evidence from consents c join profiles p on p.bucket = c.bucket and p.profile_id = c.profile_id
      where p.workspace_id = ${workspaceId} and p.external_key = 'K000001'`)
    expect(evidence?.evidence).toEqual({ import: null, file: 'list.csv', line: 2, column: 'Samtycke SMS', value: 'Ja' })
    expect(
      await made.db.query(sql`select name, type from attributes where workspace_id = ${workspaceId} order by name`),
    ).toEqual([
      { name: 'city', type: 'text' },
      { name: 'customer_since', type: 'date' },
      { name: 'note', type: 'text' },
      { name: 'points', type: 'number' },
    ])
  })

  test('a second time it updates everybody and adds nothing; an opt-out stays', async () => {
    await made.db.run(sql`insert into opt_outs (id, workspace_id, channel, address, topic_id, at, source)
      values (nextval('opt_out_ids'), ${workspaceId}, 'sms', '+46765850564', null, ${now}, 'link')`)
    await made.db.run(sql`insert into suppressions (id, workspace_id, channel, address, reason, at)
      values (nextval('suppression_ids'), ${workspaceId}, 'sms', '+4550362079', 'hard_bounces', ${now})`)
    const before = await made.db.query(
      sql`select * from profiles where workspace_id = ${workspaceId} order by profile_id`,
    )
    const beforeKeys = await made.keys(workspaceId)
    const consents = await made.count('consents', workspaceId)
    const result = await made.run(workspaceId, list.pathname, fullMap, { now: later(60) })
    expect(summary(result)).toEqual(facts)
    expect(result).toMatchObject({ created: 0, updated: 9953, rejected: 0 })
    expect(
      await made.db.query(sql`select * from profiles where workspace_id = ${workspaceId} order by profile_id`),
    ).toEqual(before)
    expect(await made.keys(workspaceId)).toEqual(beforeKeys)
    expect(await made.count('consents', workspaceId)).toBe(consents)
    expect(
      await made.db.query(sql`select address as phone, released_at from opt_outs where workspace_id = ${workspaceId}`),
    ).toEqual([{ phone: '+46765850564', released_at: null }])
    expect(await made.db.query(sql`select released_at from suppressions where workspace_id = ${workspaceId}`)).toEqual([
      { released_at: null },
    ])
    await made.expectDenseIds()
  })

  test.each(writings.slice(0, 2))('%s: the same facts', async (_, bytes) => {
    const id = await made.newWorkspace()
    const result = await made.run(id, made.fileOf(bytes()), fullMap)
    expect(summary(result)).toEqual(facts)
  })
})
