/**
 * End to end, durable: freeze, render with two links and the unsubscribe link, submit by SMPP, receipts, report. Real
 * processes: PostgreSQL (fsync on), a worker, the simulator; the list is there before. Messages a second from the word
 * "schedule" until the last receipt is in the report. There is no peer: Kannel is not in the npm registry.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ensureTopic } from '../server/access/topics.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { createActivity } from '../server/activities/draft.ts'
import { scheduleActivity } from '../server/activities/schedule.ts'
import { addGateway } from '../server/gateways/gateways.ts'
import { sql } from '../server/platform/db/sql.ts'
import { getReport } from '../server/report/overview.ts'
import { testKeys } from '../test/keys.ts'
import { child } from './child.ts'
import { cpuOf } from './cpu.ts'
import { inFreshHoming } from './fresh-homing.ts'
import type { BenchResult } from './result.ts'

const window = 1000
export const body =
  'Hi ##first_name|there##! News: https://example.com/news and https://example.com/shops Stop: ##unsubscribe##'

export function e2e({ size = 300_000 }: { size?: number }): Promise<BenchResult> {
  return inFreshHoming('e2e', async ({ db, now, env: own, pid, atEnd }) => {
    const env = {
      ...own,
      HOMING_LINK_URL: 'http://127.0.0.1:9',
      HOMING_SIMULATOR_SHARES: 'click=0,scan=0,optOut=0,softThenDelivered=0,softForever=0,silent=0,late=0',
    }
    const simulator = await child('simulator', env)
    atEnd(() => simulator.stop())
    const workspace = await createWorkspace(db, { name: 'Bench', owner: null, actor: 'bench' }, now)
    const topic = await ensureTopic(db, workspace.id, 'Offers', now)
    await fill(db, workspace.id, topic.id, size, now)
    const gateway = await addGateway(
      db,
      testKeys,
      {
        workspaceId: workspace.id,
        name: 'sim',
        actor: 'bench',
        kind: 'smpp',
        settings: { host: '127.0.0.1', port: Number(simulator.info.port), systemId: 'homing', password: 'homing' },
        window,
      },
      now,
    )
    const worker = await child('worker', env)
    atEnd(() => worker.stop())
    const cpu = () => cpuOf([worker, simulator, { name: 'postgres', pid: pid() }])
    const context = {
      workspaceId: workspace.id,
      actor: 'bench',
      url: 'http://127.0.0.1:9',
      linkUrl: 'http://127.0.0.1:9',
      now,
    }
    const activity = await createActivity(db, context, {
      name: 'Bench',
      content: { channel: 'sms', sender: 'Homing', body },
      sendTo: { topics: [topic.id], duplicates: 'one_per_address' },
      gatewayId: gateway.id,
      quietHours: false,
    })
    const cpuBefore = cpu()
    const began = performance.now()
    await scheduleActivity(db, context, activity.id, { sendAt: null })
    let frozenMs = 0
    let submittedMs = 0
    for (;;) {
      await sleep(100)
      const report = await getReport(db, workspace.id, activity.id, new Date())
      const figures = report?.figures
      if (figures === undefined || figures.targeted === 0) continue
      frozenMs ||= performance.now() - began
      if (figures.queued === 0) submittedMs ||= performance.now() - began
      if (figures.queued === 0 && figures.pending === 0) break
    }
    const ms = performance.now() - began
    const perMessage = Object.fromEntries(
      Object.entries(cpu()).map(([name, us]) => [name, Math.round((us - (cpuBefore[name] ?? 0)) / size)]),
    )
    return {
      name: 'e2e',
      figure: (size / ms) * 1000,
      unit: 'messages/s',
      better: 'higher',
      reference: null,
      ratio: null,
      size,
      detail: {
        seconds: ms / 1000,
        freezeSeconds: frozenMs / 1000,
        submittedSeconds: submittedMs / 1000,
        sendingPerSecond: size / ((ms - frozenMs) / 1000),
        window,
        cpuUsPerMessage: perMessage,
      },
    }
  })
}

export async function fill(
  db: Parameters<typeof ensureTopic>[0],
  workspaceId: number,
  topicId: number,
  size: number,
  now: Date,
): Promise<void> {
  await db.run(sql`insert into profiles (bucket, profile_id, workspace_id, external_key, phone, phone_type, country, first_name, last_name, created_at, updated_at)
    select x.i & 255, x.i, ${workspaceId}, 'K' || x.i, '+467' || lpad(x.i::text, 8, '0'), 'mobile', 'SE', 'Name' || (x.i % 1000), 'Last', ${now}, ${now}
    from (select nextval('profile_ids') as i from generate_series(1, ${size}::int)) x`)
  await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select bucket, profile_id, workspace_id, ${topicId}, 'sms', ${now}, true from profiles where workspace_id = ${workspaceId}`)
  await db.run(sql`vacuum analyze`)
}
