/**
 * The demo workspace of a new installation: a made-up list, the simulator as its gateway, and an activity that is sent before
 * one's eyes, by the same verbs as any other. Made once, where there is no workspace yet.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createWorkspace, ensureTopic, listWorkspaces } from '../access/workspaces.ts'
import { createActivity } from '../activities/draft.ts'
import { scheduleActivity } from '../activities/schedule.ts'
import { type ImportResult, importProfiles } from '../imports/import.ts'
import { parseMap } from '../imports/mapping.ts'
import type { Database } from '../platform/db/database.ts'
import { demoList, demoMap } from './list.ts'
import { addSimulatorGateway } from './simulator.ts'

const actor = 'demo'
const topicName = 'Offers'

export const demoBody = [
  'Hi ##first_name|there##! The autumn collection is here: https://example.com/autumn',
  'Directions: https://example.com/stores',
  'No more SMS: ##unsubscribe##',
].join('\n')

export interface Demo {
  workspaceId: number
  activityId: number
  imported: ImportResult
}

export interface DemoInput {
  dataFolder: string
  url: string
  linkUrl: string
  profiles: number
  seed: number
  now: Date
}

/** Undefined where somebody has made a workspace before. */
export async function prepareDemo(db: Database, input: DemoInput): Promise<Demo | undefined> {
  if ((await listWorkspaces(db)).length > 0) return undefined
  const { now, url, linkUrl } = input
  const workspace = await createWorkspace(db, { name: 'Demo', owner: null, actor }, now)
  const imported = await importDemoList(db, workspace.id, input)
  const topic = await ensureTopic(db, workspace.id, topicName, now)
  const gatewayId = await addSimulatorGateway(db, workspace.id, now)
  const context = { workspaceId: workspace.id, actor, url, linkUrl, now }
  const activity = await createActivity(db, context, {
    name: 'Autumn collection',
    content: { channel: 'sms', sender: 'Homing', body: demoBody },
    sendTo: { topics: [topic.id], duplicates: 'one_per_number' },
    gatewayId,
    quietHours: false,
  })
  await scheduleActivity(db, context, activity.id, { sendAt: null })
  return { workspaceId: workspace.id, activityId: activity.id, imported }
}

async function importDemoList(
  db: Database,
  workspaceId: number,
  { dataFolder, profiles, seed, now }: DemoInput,
): Promise<ImportResult> {
  const path = join(dataFolder, 'demo-list.csv')
  await writeFile(path, demoList(profiles, seed))
  try {
    return await importProfiles(db, {
      workspaceId,
      path,
      fileName: 'demo-list.csv',
      importId: null,
      country: 'SE',
      map: parseMap(demoMap),
      topicName,
      mode: 'both',
      now,
      rejectedPath: null,
    })
  } finally {
    await rm(path, { force: true })
  }
}
