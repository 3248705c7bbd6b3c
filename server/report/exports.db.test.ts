import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { createApiKey, revokeApiKey } from '../access/keys.ts'
import { sql } from '../platform/db/sql.ts'
import { beginMs, silentMs } from './exports.ts'
import { makeSent, START } from './sent.fixture.ts'

const app = testApp()

let made = 0
/** `people` with long names: more than the buffers between the database and a client hold. */
async function place(people = 3, nameLength = 10) {
  const workspace = await app.workspace(`W${++made}`, 'viewer')
  const facts = {
    attempts: [{ n: 1, try: 1, parts: null, at: START }],
    answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: START, code: null } as const],
  }
  const firstName = 'x'.repeat(nameLength)
  const sent = await makeSent(
    app.db,
    Array.from({ length: people }, () => ({ firstName, facts })),
    { workspaceId: workspace.id },
  )
  const { key, base } = workspace
  const activity = `${base}/activities/${sent.activityId}`
  const view = async (id: number) => (await app.call('GET', `${base}/exports/${id}`, { key })).body
  const announce = async (body: object) =>
    (await app.call('POST', `${activity}/exports`, { key, body })).body as { id: number }
  return { ...sent, key, base, activity, view, announce }
}

/** A download over a real socket, as by a browser: the bytes received, and how it ended. */
async function download(path: string, key: string) {
  if (app.built.app.server.address() === null) await app.built.listen(0, '127.0.0.1')
  const { port } = app.built.app.server.address() as AddressInfo
  const abort = new AbortController()
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${key}` },
    signal: abort.signal,
  })
  return { response, reader: response.body!.getReader(), leave: () => abort.abort() }
}

const until = (what: () => Promise<unknown>, wanted: object) =>
  expect.poll(what, { timeout: 15_000, interval: 100 }).toMatchObject(wanted)

describe('an announced export', () => {
  test('is downloaded by its id, and done with all of its rows', async () => {
    const { activity, key, view, announce, activityId } = await place()
    const asked = await announce({ tab: 'sent', format: 'xlsx' })
    expect(asked).toMatchObject({
      activity: activityId,
      tab: 'sent',
      format: 'xlsx',
      link: null,
      state: 'waiting',
      rowsWritten: 0,
      rowsExpected: 3,
    })
    const path = `${activity}/export/sent?format=xlsx&export=${asked.id}`
    const file = await app.call('GET', path, { key })
    expect([file.status, file.headers['x-export-id'], file.headers['content-type']]).toEqual([
      200,
      String(asked.id),
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ])
    expect(file.headers['content-disposition']).toMatch(/^attachment; filename="A W[\d.]+, sent.xlsx"/)
    await until(() => view(asked.id), { state: 'done', rowsWritten: 3, problem: null, endedAt: expect.any(String) })
    expect((await app.call('GET', path, { key })).body).toMatchObject({ status: 409, code: 'export_begun' })
  })

  test('is recorded with its actor and tab, even if it was not announced', async () => {
    const { activity, key, workspaceId, view } = await place()
    const { headers } = await app.call('GET', `${activity}/export/sent?format=ndjson`, { key })
    await until(() => view(Number(headers['x-export-id'])), { state: 'done', format: 'ndjson' })
    const rows = await app.db.query(
      sql`select action, details from audit where workspace_id = ${workspaceId} and action = 'activity.export'`,
    )
    expect(rows).toEqual([
      { action: 'activity.export', details: { tab: 'sent', format: 'ndjson', export: Number(headers['x-export-id']) } },
    ])
  })

  test('reports its progress, and is aborted when it is cancelled: the file is incomplete', async () => {
    const { activity, base, key, view, announce } = await place(20_000, 500)
    const { id } = await announce({ tab: 'sent', format: 'csv' })
    const { reader, response } = await download(`${activity}/export/sent?format=csv&export=${id}`, key)
    expect(response.status).toBe(200)
    await reader.read()
    await until(() => view(id), { state: 'running', rowsWritten: expect.any(Number), rowsExpected: 20_000 })
    await expect
      .poll(async () => ((await view(id)) as { rowsWritten: number }).rowsWritten, { timeout: 10_000 })
      .toBeGreaterThan(0)
    expect((await app.call('POST', `${base}/exports/${id}/cancel`, { key })).body).toMatchObject({ state: 'cancelled' })
    const readOn = async () => {
      // Reads slowly enough that the cancellation arrives first.
      await new Promise(resolve => setTimeout(resolve, 2_000))
      for (;;) if ((await reader.read()).done) return 'whole'
    }
    await expect(readOn()).rejects.toThrow('terminated')
    expect(await view(id)).toMatchObject({ state: 'cancelled', problem: null })
    // Its final state does not change.
    expect((await app.call('POST', `${base}/exports/${id}/cancel`, { key })).body).toMatchObject({ state: 'cancelled' })
  })

  test('has failed when its client disconnects, and says so in a sentence', async () => {
    const { activity, key, view, announce } = await place(20_000, 500)
    const { id } = await announce({ tab: 'sent', format: 'csv' })
    const { reader, leave } = await download(`${activity}/export/sent?format=csv&export=${id}`, key)
    await reader.read()
    leave()
    await until(() => view(id), {
      state: 'failed',
      problem: expect.stringMatching(/^The connection was lost before the file was complete\./),
    })
  })

  test('has failed when its process stops its heartbeat, or its download never began', async () => {
    const { view, announce, base, key, activity } = await place()
    const [silent, never] = [
      await announce({ tab: 'sent', format: 'csv' }),
      await announce({ tab: 'sent', format: 'csv' }),
    ]
    const past = (ms: number) => new Date(Date.now() - ms - 1_000)
    await app.db.run(sql`update exports set state = 'running', alive_at = ${past(silentMs)} where id = ${silent.id}`)
    await app.db.run(sql`update exports set alive_at = ${past(beginMs)} where id = ${never.id}`)
    expect(await view(silent.id)).toMatchObject({ state: 'failed', problem: expect.stringContaining('has ended') })
    expect(await view(never.id)).toMatchObject({ state: 'failed', problem: expect.stringContaining('did not begin') })
    expect((await app.call('GET', `${activity}/export/sent?export=${never.id}`, { key })).status).toBe(409)
    expect((await app.call('POST', `${base}/exports/${never.id}/cancel`, { key })).body).toMatchObject({
      state: 'failed',
    })
  })

  test('is refused above the limit of a process, and says so in its row', async () => {
    const { activity, key, view, announce } = await place(20_000, 500)
    const open = await Promise.all([1, 2].map(() => download(`${activity}/export/sent`, key)))
    const { id } = await announce({ tab: 'sent', format: 'csv' })
    expect((await app.call('GET', `${activity}/export/sent?export=${id}`, { key })).body).toMatchObject({
      code: 'too_many_exports',
    })
    expect(await view(id)).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('2 files are already being exported for you'),
    })
    for (const { leave } of open) leave()
    await expect
      .poll(async () => (await app.call('GET', `${activity}/export/unsubscribed`, { key })).status, { timeout: 10_000 })
      .toBe(200)
  })

  test('can be cancelled by its own actor and by an admin, and downloaded only by its own actor', async () => {
    const { activity, base, key, view, announce, workspaceId } = await place()
    const keyOf = async (name: string, role: 'viewer' | 'admin') =>
      (await createApiKey(app.db, { workspaceId, name, role, actor: 'test' }, START)).key
    const [viewer, admin] = [await keyOf('viewer', 'viewer'), await keyOf('admin', 'admin')]
    const { id } = await announce({ tab: 'sent', format: 'csv' })
    const cancel = async (by: string) => (await app.call('POST', `${base}/exports/${id}/cancel`, { key: by })).body
    expect(await cancel(viewer)).toMatchObject({ status: 403, code: 'forbidden' })
    expect((await app.call('GET', `${activity}/export/sent?export=${id}`, { key: viewer })).status).toBe(404)
    expect(await view(id)).toMatchObject({ state: 'waiting' })
    expect(await cancel(admin)).toMatchObject({ state: 'cancelled' })
    const own = await announce({ tab: 'sent', format: 'csv' })
    expect((await app.call('POST', `${base}/exports/${own.id}/cancel`, { key })).body).toMatchObject({
      state: 'cancelled',
    })
  })

  test('ends within seconds, like a stream, when the API key of its client is revoked; other exports continue', async () => {
    const { activity, key, view, workspaceId } = await place(20_000, 500)
    const [row] = await app.db.query<{ id: number }>(sql`select id from api_keys where workspace_id = ${workspaceId}`)
    const live = await download(`${activity}/live`, key)
    const open = await Promise.all([1, 2].map(() => download(`${activity}/export/sent`, key)))
    const other = await place()
    expect((await app.call('GET', `${other.activity}/export/sent`, { key: other.key })).status).toBe(200)
    await revokeApiKey(app.db, workspaceId, row?.id ?? 0, 'test', new Date())
    const read = async ({ reader }: (typeof open)[number]) => {
      for (;;) if ((await reader.read()).done) return
    }
    // A stream ends normally, but an incomplete file must not look complete.
    await read(live)
    const ids = open.map(({ response }) => Number(response.headers.get('x-export-id')))
    const ended = { state: 'failed', title: 'Your access to this workspace has ended.' }
    for (const id of ids)
      await until(async () => {
        const [export_] = await app.db.query(
          sql`select state, problem ->> 'title' as title from exports where id = ${id}`,
        )
        return export_
      }, ended)
    for (const one of open) await expect(read(one)).rejects.toThrow('terminated')
    expect(await view(ids[0] ?? 0)).toMatchObject({ code: 'api_key_invalid' })
  })

  test('takes the filters of its list, downloads only with the same ones, and stores no text of a search', async () => {
    const { activity, key, view, announce, workspaceId } = await place()
    const asked = await announce({ tab: 'sent', format: 'csv', search: 'xxx', sort: 'name' })
    expect(asked).toMatchObject({ filters: { searched: true, sort: 'name' }, rowsExpected: null })
    const path = `${activity}/export/sent?format=csv&export=${asked.id}`
    expect((await app.call('GET', `${path}&sort=name`, { key })).status).toBe(404)
    const file = await app.call('GET', `${path}&sort=name&search=xxx`, { key })
    expect(file.headers['content-disposition']).toMatch(/filename="A W[\d.]+, sent, search.csv"/)
    await until(() => view(asked.id), { state: 'done', rowsWritten: 3 })
    expect(await announce({ tab: 'bounced', format: 'csv', bounce: 'hard' })).toMatchObject({
      filters: { bounce: 'hard' },
      rowsExpected: 0,
    })
    expect(await announce({ tab: 'sent', format: 'csv', bounce: 'hard' })).toMatchObject({ code: 'invalid_input' })
    const stored = await app.db.query(sql`
      select e.filters::text as text from exports e where e.workspace_id = ${workspaceId} union all
      select a.details::text from audit a where a.workspace_id = ${workspaceId}`)
    expect(JSON.stringify(stored)).toContain('searched')
    expect(JSON.stringify(stored)).not.toContain('xxx')
  })

  test('of another workspace, list or format is a 404; an invalid link or format is reported', async () => {
    const [mine, theirs] = [await place(), await place()]
    const { id } = await theirs.announce({ tab: 'sent', format: 'csv' })
    const call = (method: 'GET' | 'POST', path: string, body?: object) =>
      app.call(method, path, { key: mine.key, body })
    expect((await call('GET', `${mine.base}/exports/${id}`)).status).toBe(404)
    expect((await call('POST', `${mine.base}/exports/${id}/cancel`)).status).toBe(404)
    expect((await call('GET', `${mine.activity}/export/sent?export=${id}`)).status).toBe(404)
    expect(
      (await call('POST', `${mine.base}/activities/${theirs.activityId}/exports`, { tab: 'sent', format: 'csv' }))
        .status,
    ).toBe(404)
    expect(await theirs.view(id)).toMatchObject({ state: 'waiting' })
    const own = await mine.announce({ tab: 'sent', format: 'csv' })
    expect((await call('GET', `${mine.activity}/export/sent?format=xlsx&export=${own.id}`)).status).toBe(404)
    expect((await call('GET', `${mine.activity}/export/delivered?export=${own.id}`)).status).toBe(404)
    const ofLink = await mine.announce({ tab: 'clicks', format: 'csv', link: mine.linkIds[0] })
    const otherLink = `${mine.activity}/export/clicks?link=${mine.linkIds[1]}`
    expect((await call('GET', `${otherLink}&export=${ofLink.id}`)).status).toBe(404)
    expect((await call('GET', `${mine.activity}/export/clicks?export=${ofLink.id}`)).status).toBe(404)
    expect((await call('GET', `${mine.activity}/export/sent?format=pdf`)).status).toBe(400)
    expect((await call('GET', `${mine.activity}/export/clicks?link=${theirs.linkIds[0]}`)).status).toBe(404)
    expect((await call('GET', `${mine.activity}/export/sent?link=${mine.linkIds[0]}`)).status).toBe(400)
    expect((await call('POST', `${mine.activity}/exports`, { tab: 'opened', format: 'csv' })).status).toBe(400)
  })
})
