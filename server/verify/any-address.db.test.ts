/** Names of versions that said "number" for the address of any channel: the migration renames them, and leaves nothing for `verify` to tell. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSendTo, sendToOf } from '../../core/activities/send-to.ts'
import { formerNames } from '../../core/former-names.ts'
import { readTree } from '../../core/segments/tree.ts'
import { ownDatabase } from '../../test/database.ts'
import { MIGRATIONS, readMigrations } from '../platform/db/migrate.ts'
import { sql } from '../platform/db/sql.ts'
import { anyPeople } from '../report/any-people.fixture.ts'
import { makeSent, START } from '../report/sent.fixture.ts'
import { verify } from './verify.ts'

const db = await ownDatabase()
const statements = readMigrations(MIGRATIONS).find(({ name }) => name.endsWith('any_address'))!.statements

/** The columns of the schema are renamed already. */
async function migrate(): Promise<void> {
  const updates = statements.filter(({ text }) => /^update/m.test(text))
  expect(updates.length).toBeGreaterThan(5)
  for (const { text } of updates) await db.run(sql([text]))
}

test('whatever was left out, it is listed under the current reason, and its sums follow from its messages', async () => {
  const reasons = Object.entries(formerNames).filter(([, now]) => now !== 'one_per_address')
  await fc.assert(
    fc.asyncProperty(anyPeople, fc.integer({ min: 1, max: 3 }), async (people, tallyBuckets) => {
      const { activityId } = await makeSent(db, people, { tallyBuckets })
      const read = () =>
        db.query(
          sql`select profile_id, excluded, stop_reason from messages where activity_id = ${activityId} order by profile_id`,
        )
      const now = await read()
      for (const [former, current] of reasons) {
        const ofActivity = sql`activity_id = ${activityId}`
        await db.run(sql`update messages set excluded = ${former} where excluded = ${current} and ${ofActivity}`)
        await db.run(sql`update messages set stop_reason = ${former} where stop_reason = ${current} and ${ofActivity}`)
        await db.run(
          sql`update tallies set figure = ${`not_sent:${former}`} where figure = ${`not_sent:${current}`} and ${ofActivity}`,
        )
      }
      await migrate()
      expect(await read()).toEqual(now)
      const { differences } = await verify(db, { activityId, ledgerWaitMs: 0 })
      expect(differences.filter(({ what }) => !what.includes('ledger'))).toEqual([])
    }),
    { numRuns: 25, endOnFailure: true },
  )
})

test('drafts, exports and segments say the current names; a value of an attribute stays', async () => {
  const { activityId, workspaceId } = await makeSent(db, [{ facts: { excluded: 'landline' } }])
  const sendTo = { topics: [1], duplicates: 'one_per_number' }
  await db.run(sql`update activities set send_to = ${JSON.stringify(sendTo)}::jsonb where id = ${activityId}`)
  await db.run(sql`insert into exports (workspace_id, activity_id, tab, format, actor, alive_at, started_at, filters)
    values (${workspaceId}, ${activityId}, 'not-sent', 'csv', 'a', ${START}, ${START}, '{"reason": "no_number"}')`)
  const definition = (reasons: string[]) => ({
    v: 1,
    root: {
      kind: 'group',
      match: 'all',
      items: [
        { kind: 'event', event: 'not_sent', of: 'any', where: { reasons } },
        { kind: 'tag', match: 'any', tags: ['no_number', '"reasons": ["no_number"'] },
        { kind: 'event', event: 'not_sent', of: [7], where: { reasons: reasons.slice(0, 2) } },
      ],
    },
  })
  const before = definition(['landline', 'no_number', 'duplicate_number', 'invalid_number'])
  const after = definition(['landline', 'no_address', 'duplicate_address', 'invalid_address'])
  await db.run(sql`insert into segments (workspace_id, name, definition, created_at, updated_at)
    values (${workspaceId}, 'Left out', ${JSON.stringify(before)}::jsonb, ${START}, ${START})`)
  // As a client that was not changed may send it.
  expect(readTree(before)).toEqual(readTree(after))
  await migrate()
  const [stored] = await db.query<{ sendTo: unknown; filters: unknown; definition: unknown }>(
    sql`select a.send_to as "sendTo", e.filters, s.definition from activities a join exports e on e.activity_id = a.id
      join segments s on s.workspace_id = a.workspace_id where a.id = ${activityId}`,
  )
  expect(stored).toEqual({
    sendTo: { topics: [1], duplicates: 'one_per_address' },
    filters: { reason: 'no_address' },
    definition: after,
  })
  expect(readSendTo(sendTo)).toEqual({ value: sendToOf({ topics: [1] }), faults: [] })
})
