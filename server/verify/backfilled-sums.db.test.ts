/** Sums that are younger than the messages they count: the migration that makes them leaves nothing for `verify` to tell. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { MIGRATIONS, readMigrations } from '../platform/db/migrate.ts'
import { sql } from '../platform/db/sql.ts'
import { anyPeople } from '../report/any-people.fixture.ts'
import { makeSent } from '../report/sent.fixture.ts'
import { verify } from './verify.ts'

const db = await ownDatabase()

test('whatever an older version has sent, its sums follow from its messages after the migration', async () => {
  const younger = ['0013_', '0015_']
  const migrations = readMigrations(MIGRATIONS).filter(({ name }) => younger.some(word => name.startsWith(word)))
  const statements = migrations.flatMap(migration => migration.statements)
  expect(migrations).toHaveLength(younger.length)
  await fc.assert(
    fc.asyncProperty(anyPeople, fc.integer({ min: 1, max: 3 }), async (people, tallyBuckets) => {
      const { activityId } = await makeSent(db, people, { tallyBuckets })
      // As a version left it that knew of none of these.
      await db.run(sql`update messages set first_visit_at = null where activity_id = ${activityId}`)
      await db.run(sql`update clicks set device = 'other' where activity_id = ${activityId}`)
      await db.run(sql`delete from breakdowns where activity_id = ${activityId}
        and (kind in ('latency', 'device') or (kind = 'country' and figure = 'charged'))`)
      // Of all activities: this migration only adds.
      await db.run(sql`delete from tallies where figure = 'visited'`)
      await db.run(sql`delete from breakdowns where kind = 'link' and figure = 'visited'`)
      await db.run(sql`delete from series where activity_id = ${activityId} and event = 'unique'`)
      await db.run(sql`update series set n = n + 3 where activity_id = ${activityId} and event = 'bounced'`)
      for (const { text } of statements) await db.run(sql([text]))
      const { differences } = await verify(db, { activityId, ledgerWaitMs: 0 })
      expect(differences.filter(({ what }) => !what.includes('ledger'))).toEqual([])
    }),
    { numRuns: 25, endOnFailure: true },
  )
})
