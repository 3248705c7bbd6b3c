/**
 * A real worker beside a test: a database, a data folder, workspaces with people and gateways. The test plays the SMSC
 * (smsc.ts), sends by the verbs that the web uses, and looks at what became of each number.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureTopic } from '../server/access/topics.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { createActivity } from '../server/activities/draft.ts'
import { scheduleActivity } from '../server/activities/schedule.ts'
import { addGateway, type GatewayOptions } from '../server/gateways/gateways.ts'
import { importProfiles } from '../server/imports/import.ts'
import { parseMap } from '../server/imports/mapping.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { setClockRate } from '../server/platform/installation/business-clock.ts'
import { identityOf } from '../server/platform/installation/evidence.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { getReport, type Report } from '../server/report/overview.ts'
import { freshDatabase } from './database.ts'
import { testKeys } from './keys.ts'
import { type Child, type Env, freePort, killAll, startProcess, temporaryFolder } from './processes.ts'

export interface Scene {
  db: Database
  env: Env
  /** of the data folder */
  folder: string
  worker: Child
  startWorker(): Promise<void>
  /** A workspace with these people, all subscribed to "Offers", and a gateway to the port. */
  shop(name: string, of: ShopInput): Promise<Shop>
  close(): Promise<void>
}

export interface ShopInput extends GatewayOptions {
  port: number
  systemId?: string
  password?: string
  /** E.164 */
  phones: readonly string[]
}

export interface Shop {
  workspaceId: number
  gatewayId: number
  topicId: number
  /** Sends to all people at once. */
  send(of?: { sender?: string; body?: string }): Promise<Sent>
}

export interface Sent {
  activityId: number
  report(): Promise<Report>
  /** of each number, E.164 */
  statuses(): Promise<Map<string, string>>
}

/** `clockRate`: seconds of business time per second. */
export async function openScene({
  clockRate = 1,
  env: more = {},
}: {
  clockRate?: number
  env?: Env
} = {}): Promise<Scene> {
  const place = temporaryFolder('scene')
  const database = await freshDatabase()
  const db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  const port = await freePort()
  const env: Env = {
    DATABASE_URL: database.connectionString,
    HOMING_DATA: place.path,
    HOMING_PORT: String(port),
    HOMING_LINK_URL: `http://127.0.0.1:${port}`,
    HOMING_CLOCK_RATE: String(clockRate),
    ...more,
  }
  await ensureInstallation(db, {
    identity: await identityOf(db),
    now: new Date(),
  })
  const clock = await setClockRate(db, clockRate)
  const linkUrl = env.HOMING_LINK_URL!
  const scene: Scene = {
    db,
    env,
    folder: place.path,
    worker: await startProcess(['worker'], env),
    async startWorker() {
      scene.worker = await startProcess(['worker'], env)
    },
    async shop(name, { port: gatewayPort, systemId = 'acct', password = 'pw', phones, ...options }) {
      const { id: workspaceId } = await createWorkspace(db, { name, owner: null, actor: 'test' }, clock.now())
      await importPhones(db, workspaceId, join(place.path, `${name}.csv`), phones, clock.now())
      const { id: topicId } = await ensureTopic(db, workspaceId, 'Offers', clock.now())
      const address = { kind: 'smpp', settings: { host: '127.0.0.1', port: gatewayPort, systemId, password } }
      const gateway = { ...address, ...options, workspaceId, name: 'gate', actor: 'test' }
      const { id: gatewayId } = await addGateway(db, testKeys, gateway, clock.now())
      return {
        workspaceId,
        gatewayId,
        topicId,
        async send({ sender = '+46766861000', body = 'Hello. STOP to end' } = {}) {
          const context = { workspaceId, actor: 'test', url: linkUrl, linkUrl, now: clock.now() }
          const { id: activityId } = await createActivity(db, context, {
            name: 'Autumn',
            content: { channel: 'sms', sender, body },
            sendTo: { topics: [topicId], duplicates: 'one_per_address' },
            gatewayId,
            quietHours: false,
          })
          await scheduleActivity(db, context, activityId, { sendAt: null })
          return {
            activityId,
            report: async () => (await getReport(db, workspaceId, activityId, clock.now()))!,
            async statuses() {
              const rows = await db.query<{ phone: string; status: string }>(
                sql`select address as phone, status from messages where activity_id = ${activityId} and address is not null`,
              )
              return new Map(rows.map(row => [row.phone, row.status]))
            },
          }
        },
      }
    },
    async close() {
      await killAll()
      await db.end()
      await database.drop()
      place.remove()
    },
  }
  return scene
}

async function importPhones(
  db: Database,
  workspaceId: number,
  path: string,
  phones: readonly string[],
  now: Date,
): Promise<void> {
  writeFileSync(path, `mobile,consent\n${phones.map(phone => `${phone},yes`).join('\n')}\n`)
  await importProfiles(db, {
    workspaceId,
    path,
    fileName: 'list.csv',
    importId: null,
    country: 'SE',
    map: parseMap('phone=mobile,sms_consent=consent'),
    topicName: 'Offers',
    mode: 'both',
    now,
    rejectedPath: null,
  })
}
