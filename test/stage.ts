/**
 * Shops with lists, their gateways at a scripted SMSC, and real workers that send for them: the setting of a test that speaks
 * over the wire. Everybody has said yes to "Offers".
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureTopic } from '../server/access/topics.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { createActivity } from '../server/activities/draft.ts'
import { scheduleActivity } from '../server/activities/schedule.ts'
import { addGateway } from '../server/gateways/gateways.ts'
import { importProfiles } from '../server/imports/import.ts'
import { parseMap } from '../server/imports/mapping.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { identityOf } from '../server/platform/installation/evidence.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { freshDatabase } from './database.ts'
import { testKeys } from './keys.ts'
import { type Child, type Env, freePort, startProcess, temporaryFolder, until } from './processes.ts'
import { type Smsc, type SmscInput, startSmsc } from './smsc.ts'

export interface StageInput {
  smsc: SmscInput
  /** each with its list, and with a gateway of the same account where `systemId` is the same */
  shops: { name: string; phones: readonly string[]; systemId?: string }[]
  workers?: number
  web?: boolean
  binds?: number
  window?: number
  rate?: number
}

export interface Shop {
  workspaceId: number
  gatewayId: number
  topicId: number
  /** An activity to the whole list, from now on; its id. */
  send(sender: string, body: string): Promise<number>
}

export interface Stage {
  db: Database
  connectionString: string
  smsc: Smsc
  shops: Shop[]
  workers: Child[]
  env: Env
  close(): Promise<void>
}

export async function openStage(input: StageInput): Promise<Stage> {
  const { workers: count = 1, binds = 1, window = 50, rate = 0 } = input
  const place = temporaryFolder('stage')
  const database = await freshDatabase()
  const db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  const port = await freePort()
  const linkUrl = `http://127.0.0.1:${port}`
  const env: Env = {
    DATABASE_URL: database.connectionString,
    HOMING_DATA: place.path,
    HOMING_PORT: String(port),
    HOMING_LINK_URL: linkUrl,
  }
  const now = new Date()
  await ensureInstallation(db, { identity: await identityOf(db), now })
  const smsc = await startSmsc(input.smsc)
  const shops: Shop[] = []
  for (const { name, phones, systemId = 'homing' } of input.shops) {
    const { id: workspaceId } = await createWorkspace(db, { name, owner: null, actor: 'test' }, now)
    const { id: topicId } = await ensureTopic(db, workspaceId, 'Offers', now)
    await importPeople(db, workspaceId, place.path, phones, now)
    const login = { kind: 'smpp', settings: { host: '127.0.0.1', port: smsc.port, systemId, password: 'homing' } }
    const gateway = { workspaceId, name: 'smsc', actor: 'test', ...login, window, binds, rate }
    const { id: gatewayId } = await addGateway(db, testKeys, gateway, now)
    const send = async (sender: string, body: string) => {
      const context = { workspaceId, actor: 'test', url: linkUrl, linkUrl, now: new Date() }
      const sendTo = { topics: [topicId], duplicates: 'one_per_address' as const }
      const draft = {
        name: 'Autumn',
        content: { channel: 'sms' as const, sender, body },
        sendTo,
        gatewayId,
        quietHours: false,
      }
      const { id } = await createActivity(db, context, draft)
      await scheduleActivity(db, context, id, { sendAt: null })
      return id
    }
    shops.push({ workspaceId, gatewayId, topicId, send })
  }
  const workers = await Promise.all(Array.from({ length: count }, () => startProcess(['worker'], env)))
  const web = input.web ? await startProcess(['web'], env) : undefined
  const all = binds * shops.length
  await until('every bind is bound', () => smsc.binds.filter(bind => bind.open).length === all)
  return {
    db,
    connectionString: database.connectionString,
    smsc,
    shops,
    workers,
    env,
    async close() {
      await Promise.all([...workers, ...(web === undefined ? [] : [web])].map(child => child.stop()))
      await smsc.close()
      await db.end()
      await database.drop()
      place.remove()
    },
  }
}

async function importPeople(
  db: Database,
  workspaceId: number,
  folder: string,
  phones: readonly string[],
  now: Date,
): Promise<void> {
  const path = join(folder, `list-${workspaceId}.csv`)
  writeFileSync(path, `key,mobile,consent\n${phones.map((phone, i) => `C${i},${phone},yes`).join('\n')}\n`)
  await importProfiles(db, {
    workspaceId,
    path,
    fileName: 'list.csv',
    importId: null,
    country: 'SE',
    map: parseMap('external_key=key,phone=mobile,sms_consent=consent'),
    topicName: 'Offers',
    mode: 'both',
    now,
    rejectedPath: null,
  })
}
