import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { sql } from '../platform/db/sql.ts'
import { makeSent, START } from '../report/sent.fixture.ts'
import { commandLine } from './command-line.fixture.ts'

const line = commandLine('send')
const { folder, homing } = line

let workspace = ''
beforeAll(async () => {
  const sent = await makeSent(line.db, [{}])
  await line.db.run(
    sql`insert into topics (workspace_id, name, created_at) values (${sent.workspaceId}, 'Offers', ${START}) on conflict do nothing`,
  )
  const [row] = await line.db.query<{ name: string; gateway: string }>(
    sql`update gateways g set name = 'G' from workspaces w where w.id = g.workspace_id and w.id = ${sent.workspaceId} returning w.name`,
  )
  workspace = row!.name
})

const send = (file: string, ...more: string[]) =>
  homing(
    ...[
      'send',
      '--workspace',
      workspace,
      '--gateway',
      'G',
      '--topic',
      'Offers',
      '--name',
      'Spring',
      '--sender',
      'Shop',
    ],
    ...['--text-file', file],
    ...more,
  )

test('says why a text cannot be read', async () => {
  const missing = join(folder, 'no.txt')
  expect(await send(missing)).toMatchObject({
    code: 1,
    err: expect.stringContaining(`The file ${missing} cannot be read: ENOENT`),
  })
})

test('sends and sets a frequency of hours or days', async () => {
  const text = join(folder, 'short.txt')
  await writeFile(text, 'Hi ##unsubscribe##\n')
  expect(await send(text, '--frequency', 'often')).toMatchObject({
    code: 1,
    err: expect.stringContaining('--frequency is hours or days, at most a year, as in 24h or 3d: often'),
  })
  expect(await homing('workspace', 'set', workspace, '--frequency', '3d')).toMatchObject({ code: 0 })
  const chosen = async (...words: string[]) => {
    expect(await send(text, ...words)).toMatchObject({ code: 0, err: '' })
    const [row] = await line.db.query<{ frequency: unknown }>(
      sql`select send_to -> 'frequency' as frequency from activities order by id desc limit 1`,
    )
    return row?.frequency
  }
  expect(await chosen()).toEqual({ hours: 72 })
  expect(await chosen('--frequency', '24h')).toEqual({ hours: 24 })
  expect(await chosen('--frequency', 'none')).toBe(null)
  expect(await homing('workspace', 'set', workspace, '--frequency', 'none')).toMatchObject({ code: 0 })
})

test('keeps the people of the moment with --frozen', async () => {
  const text = join(folder, 'frozen.txt')
  await writeFile(text, 'Hi ##unsubscribe##\n')
  expect(await send(text, '--frozen')).toMatchObject({ code: 0, err: '' })
  const [row] = await line.db.query(sql`select send_to -> 'frozen' as frozen from activities order by id desc limit 1`)
  expect(row).toEqual({ frozen: true })
})

test('plans, moves and removes the reminder of an activity', async () => {
  const [activity] = await line.db.query<{ id: number }>(
    sql`update activities set content = content || '{"sender": "Shop", "body": "Hi https://shop.example/a ##unsubscribe##"}', frozen_at = now(), state = 'sending'
      returning id`,
  )
  const id = String(activity?.id)
  const planned = await homing('reminder', 'plan', id, '--after', '2d', '--json')
  expect([planned.code, planned.err]).toEqual([0, ''])
  expect(JSON.parse(planned.out)).toMatchObject({
    activity: id,
    reminder: { after: { n: 2, unit: 'days' }, body: null },
    at: null,
  })
  // Nobody waits for the SMS any more: the time is known. One by hand is sent already, and the person says that both are meant.
  await line.db.run(sql`delete from tallies where activity_id = ${activity?.id} and figure = 'queued'`)
  await homing('reminder', 'remove', id)
  await line.db.run(sql`insert into activities (workspace_id, name, content, send_to, state, created_at, updated_at)
    select workspace_id, 'By hand', content, send_to || jsonb_build_object('reminds', id), 'sent', now(), now() from activities where id = ${activity?.id}`)
  const plan = (...more: string[]) => homing('reminder', 'plan', id, '--after', '2d', '--json', ...more)
  expect(await plan()).toMatchObject({ code: 1, err: expect.stringContaining('“By hand”') })
  expect(JSON.parse((await plan('--keep')).out)).toMatchObject({ at: expect.stringMatching(/Z$/) })
  const text = join(folder, 'again.txt')
  await writeFile(text, 'Last call https://shop.example/b ##unsubscribe##\n')
  const own = await homing('reminder', 'plan', id, '--after', '36h', '--text-file', text)
  expect([own.code, own.out]).toEqual([0, expect.stringContaining('36 hours after the last SMS is sent')])
  for (const [words, why] of [
    [['plan', id, '--after', '3w'], '"3w" is no time after the last SMS'],
    [['plan', id, '--after', '31d'], 'to 30d'],
    [['plan', id], '--after'],
    [['plan', '999999', '--after', '2d'], 'no such activity'],
    [['look', id], 'plan or remove'],
  ] as const)
    expect(await homing('reminder', ...words)).toMatchObject({ code: 1, err: expect.stringContaining(why) })
  expect((await homing('reminder', 'remove', id)).out).toContain('has no planned reminder')
  const [left] = await line.db.query(sql`select reminder, reminder_state as state from activities where id = ${id}`)
  expect(left).toEqual({ reminder: null, state: null })
})

test('sets how many parts an SMS may have, and sends none that has more', async () => {
  expect((await homing('workspace', 'set', workspace)).err).toContain('--max-parts N')
  for (const wrong of ['0', '21', 'x'])
    expect((await homing('workspace', 'set', workspace, '--max-parts', wrong)).code).toBe(1)
  const set = await homing('workspace', 'set', workspace, '--max-parts', '2')
  expect([set.code, set.out]).toEqual([
    0,
    expect.stringContaining('is changed. The limit applies to SMS scheduled from now on.'),
  ])
  const text = join(folder, 'long.txt')
  await writeFile(text, `${'x'.repeat(400)} ##unsubscribe##\n`)
  expect(await send(text)).toMatchObject({ code: 1, err: expect.stringContaining('needs 3 parts; at most 2 are sent') })
})
