import { expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { sql } from '../platform/db/sql.ts'
import { getCredits } from './balance.ts'

const now = new Date('2026-11-01T12:00:00Z')
const db = await ownDatabase({ max: 2 })

let workspaces = 0

async function workspaceWith(
  movements: readonly [kind: 'grant' | 'reserve' | 'charge' | 'release', credits: string, at?: string][],
  { limited = false, value = '0.4500' } = {},
): Promise<number> {
  const [row] = await db.query<{ id: number }>(
    sql`insert into workspaces (name, credit_limited, credit_value, created_at) values (${`W${++workspaces}`}, ${limited}, ${value}::numeric, ${now}) returning id`,
  )
  for (const [kind, credits, at = now.toISOString()] of movements)
    await db.run(
      sql`insert into ledger (workspace_id, kind, credits, at) values (${row!.id}, ${kind}, ${credits}::numeric, ${at}::timestamptz)`,
    )
  return row!.id
}

test('without a grant there is no limit: it has what was spent and what is set aside, and no balance', async () => {
  const id = await workspaceWith([
    ['reserve', '-100'],
    ['charge', '-30.5'],
    ['release', '30.5'],
  ])
  expect(await getCredits(db, id, now)).toEqual({
    limited: false,
    currency: 'SEK',
    creditValue: '0.4500',
    available: null,
    reserved: { credits: '69.5000', money: '31.28' },
    spentThisMonth: { credits: '30.5000', money: '13.73' },
    simulatedThisMonth: { credits: '0.0000', money: '0.00' },
  })
})

test('with a limit: granted = available + reserved + charged, to the last ten-thousandth', async () => {
  const id = await workspaceWith(
    [
      ['grant', '1000.0001'],
      ['reserve', '-400'],
      ['charge', '-150.25'],
      ['release', '150.25'],
    ],
    { limited: true },
  )
  const credits = await getCredits(db, id, now)
  expect(credits.available).toEqual({ credits: '600.0001', money: '270.00' })
  expect(credits.reserved.credits).toBe('249.7500')
  expect(credits.spentThisMonth.credits).toBe('150.2500')
})

test('the month begins at midnight of the workspace, not of the server', async () => {
  // 1 November in Stockholm begins at 23:00 UTC the day before.
  const id = await workspaceWith([
    ['charge', '-1', '2026-10-31T22:59:59Z'],
    ['charge', '-10', '2026-10-31T23:00:00Z'],
  ])
  expect((await getCredits(db, id, now)).spentThisMonth.credits).toBe('10.0000')
})

test('another workspace has its own', async () => {
  const id = await workspaceWith([])
  expect(await getCredits(db, id, now)).toMatchObject({
    reserved: { credits: '0.0000', money: '0.00' },
    spentThisMonth: { credits: '0.0000', money: '0.00' },
  })
})
