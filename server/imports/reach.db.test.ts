import { expect, test } from 'vitest'
import { parseTemplate } from '../../core/sms/template.ts'
import { byConsent } from '../audience/audience-members.ts'
import { countAudience } from '../audience/count.ts'
import { sql } from '../platform/db/sql.ts'
import { importTest, later, now } from './import.fixture.ts'

const made = importTest()
const map = 'phone=mobile,external_key=id,sms_consent=ok'

test('the reach of an import is the number of people that an SMS about its topic would be sent to', async () => {
  const workspaceId = await made.newWorkspace()
  const lines = [
    'id,mobile,ok',
    'sent,0701740601,yes',
    'no consent,0701740602,no',
    'unasked,0701740603,',
    'opted out of the topic,0701740604,yes',
    'opted out of all,0701740605,yes',
    'opted out of another topic,0701740606,yes',
    'closed by hand,0701740607,yes',
    'closed by bounces,0701740608,yes',
    'opened again,0701740609,yes',
    'one of two,0701740610,yes',
    'other of two,0701740610,yes',
    'a number of two without consent,0701740611,no',
    'a number of two with consent,0701740611,yes',
    'landline,08-123 456 78,yes',
    'premium,0900 123 4567,yes',
    'invalid,12,yes',
    'none,,yes',
  ]
  await made.csv(workspaceId, lines.join('\n'), map)
  const [topic] = await made.db.query<{ id: number }>(
    sql`select id from topics where workspace_id = ${workspaceId} and name = 'Offers'`,
  )
  const [other] = await made.db.query<{ id: number }>(
    sql`insert into topics (workspace_id, name, created_at) values (${workspaceId}, 'News', ${now}) returning id`,
  )
  const topicId = topic?.id ?? 0
  for (const [last, of] of [
    ['04', topicId],
    ['05', null],
    ['06', other?.id ?? 0],
  ] as const)
    await made.db.run(
      sql`insert into opt_outs (id, workspace_id, channel, address, topic_id, at, source)
        values (nextval('opt_out_ids'), ${workspaceId}, 'sms', ${`+467017406${last}`}, ${of}, ${now}, 'link')`,
    )
  for (const [last, reason, releasedAt] of [
    ['07', 'by_hand', null],
    ['08', 'hard_bounces', null],
    ['09', 'by_hand', now],
    ['13', 'by_hand', null],
  ] as const)
    await made.db.run(
      sql`insert into suppressions (id, workspace_id, channel, address, reason, at, released_at)
        values (nextval('suppression_ids'), ${workspaceId}, 'sms', ${`+467017406${last}`}, ${reason}, ${now}, ${releasedAt})`,
    )
  const added = [
    'new,0701740612,yes',
    'new and closed,0701740613,yes',
    'new without consent,0701740614,no',
    'new with a known number,0701740601,yes',
  ]
  const { reach, created } = await made.csv(workspaceId, [...lines, ...added].join('\n'), map, { now: later(1) })
  expect(created).toBe(added.length)
  const audience = await countAudience(made.db, {
    ...{ workspaceId, channel: 'sms', sendTo: { topics: [topicId], duplicates: 'one_per_address' } },
    ...{
      template: parseTemplate('Hi'),
      members: byConsent,
      linkUrl: 'https://l.example',
      codeLength: 11,
      now: later(1),
    },
  })
  expect(reach?.people).toBe(audience.queued)
  expect(audience).toMatchObject({ queued: 6, notSentReasons: { duplicate_address: 2, landline: 1, number_type: 1 } })
})
