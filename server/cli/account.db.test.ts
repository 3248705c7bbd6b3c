import { beforeAll, expect, test } from 'vitest'
import { acceptInvitation, invite } from '../access/invitations.ts'
import { createWorkspace } from '../access/workspaces.ts'
import { sql } from '../platform/db/sql.ts'
import { ensureInstallation } from '../platform/installation/installation.ts'
import { commandLine } from './command-line.fixture.ts'

const line = commandLine('account')
const { homing } = line

const now = new Date('2026-11-28T12:00:00Z')
beforeAll(async () => {
  await ensureInstallation(line.db, { identity: 'test', now })
})

/** A member of a new workspace, with a session. */
async function member(workspace: string, email: string): Promise<string> {
  const { id: workspaceId } = await createWorkspace(line.db, { name: workspace, owner: null, actor: 'test' }, now)
  const { link } = await invite(line.db, 'http://h', { workspaceId, email, role: 'viewer', actor: 'command line' }, now)
  await acceptInvitation(line.db, new URL(link).pathname.split('/').at(-1) ?? '', null, {}, now)
  const [joined] = await line.db.query<{ id: string }>(
    sql`select user_id as id from members where workspace_id = ${workspaceId}`,
  )
  return joined!.id
}

const left = async (userId: string) =>
  (
    await line.db.query<{ sessions: number; memberships: number; closed: boolean }>(sql`
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
  const acts = await line.db.query(
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
