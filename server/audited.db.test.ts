/**
 * Who did what: every operation of the document that changes something, called once with success, must leave an entry in the audit. An
 * operation that needs none is named here with the reason; a new operation is in this test at once.
 */
import { beforeAll, expect, test } from 'vitest'
import { everybody } from '../core/segments/tree.ts'
import { testApp } from './access/app.fixture.ts'
import { raw, sql } from './platform/db/sql.ts'
import {
  everything,
  fill,
  goodBody,
  type Ids,
  makeThings,
  type Operation,
  operationsOf,
  type Things,
} from './routes.fixture.ts'

const app = testApp()
let operations: Operation[]
let things: Things
let cookie: string
let base: string

beforeAll(async () => {
  operations = await operationsOf(app)
  cookie = await app.ownerCookie()
  const { body } = await app.call('POST', '/api/v1/workspaces', { cookie, body: { name: 'Mine' } })
  const { id } = body as { id: number }
  things = await makeThings(app, id)
  base = `/api/v1/workspaces/${id}`
})

/** Changes something, and needs no entry. */
const unaudited: Readonly<Record<string, string>> = {
  countSavedSegment: 'the size is kept for the list of segments',
  lookAtAudience: 'who would get it is kept for a comparison, and decides nothing',
  cancelSegmentCount: 'a count ends, and nothing else changes',
  cancelExport: 'a download of a list ends; that the list was asked for has an entry',
}
/** No GET, and changes nothing. */
const readOnly = [
  'countAudience',
  'readTextCases',
  'audienceChanges',
  'countOverlaps',
  'previewImport',
  'importOutcomes',
  'previewAttributeType',
  'countSegment',
  'countSegmentNodes',
  'countSegmentOverlap',
  'listSegmentMembers',
  'explainSegmentMember',
  'nameSegmentParts',
]

interface Prepared {
  body?: unknown
  headers?: Record<string, string>
}
const set = (table: string, id: string | number | undefined, change: string) =>
  app.db.run(sql`update ${raw(table)} set ${raw(change)} where id = ${Number(id)}`)
const call = async (method: 'POST' | 'PATCH' | 'PUT' | 'DELETE' | 'GET', path: string, body?: object) => {
  const answer = await app.call(method, base + path, { cookie, ...(body && { body }) })
  expect(answer.status, `${method} ${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300)
  return answer.body
}

/** A draft that can be sent. */
async function complete({ id }: Ids): Promise<Prepared> {
  const { gatewayId, topicId } = things.named
  await set('gateways', gatewayId, 'test = true')
  const content = { channel: 'sms', sender: 'Shop', body: 'Hi ##unsubscribe##' }
  const sendTo = { topics: [topicId], duplicates: 'all' }
  await call('PATCH', `/activities/${id}`, { revision: 1, content, sendTo, gatewayId })
  return {}
}
const inState = (state: string) => async (ids: Ids) => {
  await complete(ids)
  await set('activities', ids.id, `state = '${state}', frozen_at = now()`)
  return {}
}

const reminder = { after: { n: 2, unit: 'days' }, body: null }
/** Scheduled with a reminder. */
async function reminded(ids: Ids): Promise<Prepared> {
  await complete(ids)
  await set('activities', ids.id, `content = content || '{"body": "Hi https://shop.test/ ##unsubscribe##"}'`)
  await call('PATCH', `/activities/${ids.id}`, { revision: 2, reminder })
  await call('POST', `/activities/${ids.id}/schedule`, { sendAt: '2030-03-02T10:00:00Z' })
  return { body: { revision: 4, reminder: { ...reminder, after: { n: 3, unit: 'hours' } } } }
}

const upload = (options: object): Prepared => {
  const part = (name: string, value: string) =>
    `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  return {
    body: `${part('options', JSON.stringify(options))}${part('file"; filename="list.csv', 'phone\n0701740605\n')}--b--\r\n`,
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  }
}
const map = { phone: 'phone' }

/** What an operation needs to succeed, beyond its ids and a good body. */
const prepare: Readonly<Record<string, (ids: Ids) => Promise<Prepared>>> = {
  releaseSending: async () => {
    await app.db.run(sql`update installation set sending_held = 'a copy'`)
    return {}
  },
  changeMember: async () => ({ body: { role: 'editor' } }),
  changeProfile: async ({ id }) => {
    const { profile } = (await call('GET', `/profiles/${id}`)) as { profile: { updatedAt: string } }
    return { body: { updatedAt: profile.updatedAt, firstName: 'Berta' } }
  },
  changeProfileTags: async () => ({ body: { add: ['fresh'] } }),
  changeAttribute: async () => ({ body: { label: 'Shown so' } }),
  previewAttributeType: async () => ({ body: { type: 'number' } }),
  changeAttributeType: async () => ({ body: { type: 'number' } }),
  changeSegment: async () => ({ body: { name: 'Renamed' } }),
  freezeSegment: async () => ({ body: { name: 'Frozen', definition: everybody } }),
  unlockProfile: async ({ id }) => {
    await call('PUT', `/profiles/${id}/lock`, { reason: 'asked for it' })
    return {}
  },
  addConsent: async () => ({ body: { topicId: things.named.topicId, granted: true, how: 'signed a form' } }),
  createTagging: async () => ({ body: { add: ['vip'], definition: everybody } }),
  startImport: async () => upload({ map }),
  startSegmentList: async () => upload({ name: 'Listed', by: 'phone' }),
  previewImport: async () => upload({}),
  importOutcomes: async () => upload({ map }),
  retryUnmatched: async () => {
    await app.db.run(sql`insert into waiting (source, seq, kind, gateway_id, at, body, next_try_at, settled)
      values (1, 1, 'receipt', ${things.named.gatewayId}, now(), '{}', now(), 'set_aside')`)
    return {}
  },
  restoreActivity: async ({ id }) => {
    await call('DELETE', `/activities/${id}`)
    return {}
  },
  scheduleActivity: async ids => {
    await complete(ids)
    return { body: { sendAt: '2030-03-02T10:00:00Z' } }
  },
  unscheduleActivity: async ids => {
    await complete(ids)
    await call('POST', `/activities/${ids.id}/schedule`, { sendAt: '2030-03-02T10:00:00Z' })
    return {}
  },
  remindOfActivity: inState('sending'),
  planReminder: reminded,
  removeReminder: async ids => {
    await reminded(ids)
    return {}
  },
  pauseActivity: inState('sending'),
  resumeActivity: inState('paused'),
  cancelActivity: inState('sending'),
  sendTestSms: complete,
  leaveWorkspace: async () => {
    const { user } = await things.idsFor('/members/{user}')
    await app.db.run(sql`update members set role = 'owner' where user_id = ${String(user)}`)
    return {}
  },
}

/** After these the caller has lost the workspace, or is signed out. */
const last = ['leaveWorkspace', 'signOutEverywhere']

test('whatever changes something is in the audit, or is named here with its reason', { timeout: 300_000 }, async () => {
  const wrong: unknown[] = []
  const changing = operations
    .filter(({ method, role }) => method !== 'GET' && role !== 'public')
    .sort((a, b) => last.indexOf(a.operationId) - last.indexOf(b.operationId))
  for (const operation of changing) {
    const { path, operationId, method } = operation
    const ids = await things.idsFor(path)
    const { body = goodBody(operation), headers } = (await prepare[operationId]?.(ids)) ?? {}
    const before = await everything(app)
    const at = fill(path, things.workspaceId, ids)
    const answer = await app.call(method, at, { cookie, body, ...(headers && { headers }) })
    const after = await everything(app)
    const changed = Object.keys(after).filter(name => name !== 'audit' && after[name] !== before[name])
    const isAudited = after.audit !== before.audit
    if (answer.status >= 300) wrong.push([operationId, answer.status, answer.body])
    else if (readOnly.includes(operationId) ? changed.length > 0 || isAudited : isAudited === operationId in unaudited)
      wrong.push([operationId, { changed, isAudited }])
    else if (!readOnly.includes(operationId) && changed.length === 0 && operationId !== 'signOutMember')
      wrong.push([operationId, 'changed nothing: prepare it'])
  }
  expect(wrong).toEqual([])
  expect(changing.length).toBeGreaterThan(40)
})
