/** The whole ring at once, for the verb `demo` and for tests: a workspace, a list, and an SMS to all of it that is sent at once. */
import { ensureTopic } from '../access/topics.ts'
import { createWorkspace } from '../access/workspaces.ts'
import { createActivity } from '../activities/draft.ts'
import { scheduleActivity } from '../activities/schedule.ts'
import type { Database } from '../platform/db/database.ts'
import { importList } from './import-list.ts'
import type { DemoInput } from './prepare-demo.ts'
import { addSimulatorGateway } from './simulator-gateway.ts'
import { live } from './story.ts'

export interface Ring {
  workspaceId: number
  activityId: number
}

const actor = 'demo'

export async function prepareRing(db: Database, input: Omit<DemoInput, 'log' | 'signal'>): Promise<Ring> {
  const { now, url, linkUrl, dataFolder, profiles, seed } = input
  const { id: workspaceId } = await createWorkspace(db, { name: 'Demo', owner: null, actor }, now)
  const list = { from: 1, to: profiles, seed }
  await importList(db, { workspaceId, dataFolder, fileName: 'demo-list.csv', topic: live.topic, list, actor, now })
  const topic = await ensureTopic(db, workspaceId, live.topic, now)
  const gatewayId = await addSimulatorGateway(db, workspaceId, now)
  const context = { workspaceId, actor, url, linkUrl, now }
  const activity = await createActivity(db, context, {
    name: live.name,
    content: { channel: 'sms', sender: live.sender, body: live.body },
    sendTo: { topics: [topic.id], duplicates: 'one_per_address' },
    gatewayId,
    quietHours: false,
  })
  await scheduleActivity(db, context, activity.id, { sendAt: null })
  return { workspaceId, activityId: activity.id }
}
