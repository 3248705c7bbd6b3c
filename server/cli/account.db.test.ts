/** The verbs that end an account's sessions, or the account, as a person calls them. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/database.ts'
import { homing as runVerb, temporaryFolder } from '../../test/processes.ts'
import { acceptInvitation, invite } from '../access/invitations.ts'
import { createWorkspace } from '../access/workspaces.ts'
import { type Database, openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { ensureInstallation } from '../platform/installation/installation.ts'

const now = new Date('2026-11-28T12:00:00Z')
const place = temporaryFolder('cli-account')
const data = join(place.path, 'data')
let database: FreshDatabase
let db: Database
beforeAll(async () => {
  mkdirSync(data, { recursive: true })
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test' })
  await ensureInstallation(db, { identity: 'test', now })
})
afterAll(async () => {
  await db.end()
  await database.drop()
  place.remove()
})

/** A member of a new workspace, with a session. */
async function member(workspace: string, email: string): Promise<string> {
  const { id: workspaceId } = await createWorkspace(db, { name: workspace, owner: null, actor: 'test' }, now)
  const { link } = await invite(db, 'http://h', { workspaceId, email, role: 'viewer', actor: 'command line' }, now)
  await acceptInvitation(db, new URL(link).pathname.split('/').at(-1) ?? '', null, {}, now)
  const [joined] = await db.query<{ id: string }>(
    sql`select user_id as id from members where workspace_id = ${workspaceId}`,
  )
  return joined!.id
}

const homing = (...words: string[]) => runVerb(words, { DATABASE_URL: database.connectionString, HOMING_DATA: data })

const left = async (userId: string) =>
  (
    await db.query<{ sessions: number; memberships: number; closed: boolean }>(sql`
      select (select count(*)::int from sign_ins where user_id = u.id) as sessions,
        (select count(*)::int from members where user_id = u.id) as memberships, closed_at is not null as closed
      from users u where id = ${userId}`)
  )[0]

test('an account is signed out everywhere by its address, closed by its id, and not found then', async () => {
  const id = await member('Shop', 'ada@example.com')
  expect(await left(id)).toEqual({ sessions: 1, memberships: 1, closed: false })
  expect(await homing('account', 'sign-out', 'Ada@example.com')).toMatchObject({
    code: 0,
    out: `The account ${id} (ada) is signed out everywhere.\n`,
  })
  expect(await left(id)).toEqual({ sessions: 0, memberships: 1, closed: false })
  expect(await homing('account', 'close', id)).toMatchObject({ code: 0, out: expect.stringContaining('is closed') })
  expect(await left(id)).toEqual({ sessions: 0, memberships: 0, closed: true })
  expect(await homing('account', 'close', id)).toMatchObject({
    code: 1,
    err: expect.stringContaining('no such account'),
  })
  const acts = await db.query(
    sql`select action, actor from audit where subject = ${`user ${id}`} and workspace_id is null order by id`,
  )
  expect(acts).toEqual([
    { action: 'sessions.end', actor: 'command line' },
    { action: 'account.close', actor: 'command line' },
  ])
})

test('an address of two accounts closes neither: the answer lists their ids', async () => {
  const ids = [await member('One', 'two@example.com'), await member('Two', 'two@example.com')]
  const { code, err } = await homing('account', 'close', 'two@example.com')
  expect(code).toBe(1)
  for (const id of ids) {
    expect(err).toContain(id)
    expect(await left(id)).toMatchObject({ sessions: 1, closed: false })
  }
})

test('nothing is done where the verb or the account is missing', async () => {
  const usage = { code: 1, out: '', err: expect.stringContaining('account sign-out ADDRESS|ID') }
  expect(await Promise.all([homing('account', 'close'), homing('account', 'open', 'ada@example.com')])).toMatchObject([
    usage,
    usage,
  ])
})
