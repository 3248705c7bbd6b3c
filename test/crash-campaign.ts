/**
 * A campaign whose processes a test may kill: its own durable PostgreSQL, which restarts when it dies, the simulator behind a
 * wire, web, worker, and an activity to people who click and opt out. Each text has two parts, so that failures are reported by
 * receipt. A message whose answer was lost therefore also gets its outcome.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { ensureTopic } from '../server/access/topics.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { createActivity } from '../server/activities/draft.ts'
import { scheduleActivity } from '../server/activities/schedule.ts'
import { addGateway } from '../server/gateways/gateways.ts'
import type { Counts } from '../server/gateways/simulator/register.ts'
import { importProfiles } from '../server/imports/import.ts'
import { parseMap } from '../server/imports/mapping.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { migrate } from '../server/platform/db/migrate.ts'
import { sql } from '../server/platform/db/sql.ts'
import { setClockRate } from '../server/platform/installation/business-clock.ts'
import { identityOf } from '../server/platform/installation/evidence.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { readPostmaster, stopServer } from '../server/platform/postgres/postmaster.ts'
import { getReport, type Report } from '../server/report/overview.ts'
import { openWire, type Wire } from './crash-wire.ts'
import { hold, temporaryFolder } from './holder.ts'
import { testKeys } from './keys.ts'
import { type Child, countsOf, type Env, freePort, killAll, startProcess, until } from './processes.ts'

/** Two links: a person who clicks twice clicks both, so that a repeated request is never taken for a double tap. */
export const body =
  'Hi ##first_name|there##! The autumn collection has come to our stores: https://example.com/autumn Directions: https://example.com/stores No more of these: ##unsubscribe##'
export const parts = 2

export interface Campaign {
  db: Database
  data: string
  env: Env
  wire: Wire
  activityId: number
  workspaceId: number
  /** messages that were queued at the freeze */
  queued: number
  /** submits on the wire at once */
  window: number
  web: Child
  worker: Child
  /** the process behind the gateway */
  gateway: Child
  startWeb(): Promise<void>
  startWorker(): Promise<void>
  /** kill -9 of the postmaster; its processes end when they notice. Resolves when it is gone. */
  killPostgres(): Promise<void>
  /** the postmaster and its processes at this moment */
  postgresPids(): number[]
  /** the supervisor's part of it is done: it answers again */
  postgresIsBack(): Promise<void>
  simulator(): Counts
  report(): Promise<Report>
  close(): Promise<void>
}

export async function openCampaign({
  profiles,
  window,
  clockRate,
  latencyMs,
  seed,
}: {
  profiles: number
  window: number
  clockRate: number
  latencyMs: number
  seed: number
}): Promise<Campaign> {
  const place = temporaryFolder()
  const data = join(place.path, 'data')
  const held = await hold(data)
  if (held.connectionString === undefined) throw new Error(`no PostgreSQL: ${held.message}`)
  const connectionString = held.connectionString
  await migrate(connectionString)
  const db = openDatabase({ connection: { connectionString }, lane: 'test', max: 3 })
  await ensureInstallation(db, { identity: await identityOf(db), now: new Date() })
  const clock = await setClockRate(db, clockRate)
  const port = await freePort()
  const env: Env = {
    HOMING_DATA: data,
    HOMING_CONNECTION: connectionString,
    HOMING_PORT: String(port),
    HOMING_LINK_URL: `http://127.0.0.1:${port}`,
    HOMING_SIMULATOR_LINK_ORIGINS: `http://127.0.0.1:${port}`,
    HOMING_CLOCK_RATE: String(clockRate),
  }
  const folder = join(data, 'simulator')
  const gateway = await startProcess(['simulator', '--folder', folder, '--seed', String(seed)], env)
  const wire = await openWire(Number(gateway.info.port), latencyMs)
  const now = clock.now()
  const workspace = await createWorkspace(db, { name: 'Shop', owner: null, actor: 'test' }, now)
  await importPeople(db, workspace.id, place.path, profiles, now)
  const topic = await ensureTopic(db, workspace.id, 'Offers', now)
  const { id: gatewayId } = await addGateway(
    db,
    testKeys,
    {
      workspaceId: workspace.id,
      name: 'sim',
      actor: 'test',
      kind: 'smpp',
      settings: { host: '127.0.0.1', port: wire.port, systemId: 'homing', password: 'homing' },
      window,
    },
    now,
  )
  const linkUrl = env.HOMING_LINK_URL!
  const context = { workspaceId: workspace.id, actor: 'test', url: linkUrl, linkUrl, now }
  const [web, worker] = await Promise.all([startProcess(['web'], env), startProcess(['worker'], env)])
  const activity = await createActivity(db, context, {
    name: 'Autumn',
    content: { channel: 'sms', sender: 'Shop', body },
    sendTo: { topics: [topic.id], duplicates: 'one_per_address' },
    gatewayId,
    quietHours: false,
  })
  await scheduleActivity(db, context, activity.id, { sendAt: null })

  const cluster = join(data, 'postgres')
  const campaign: Campaign = {
    db,
    data,
    env,
    wire,
    activityId: activity.id,
    workspaceId: workspace.id,
    queued: 0,
    window,
    web,
    worker,
    gateway,
    async startWeb() {
      campaign.web = await startProcess(['web'], env)
    },
    async startWorker() {
      campaign.worker = await startProcess(['worker'], env)
    },
    async killPostgres() {
      const { pid } = readPostmaster(cluster)!
      process.kill(pid, 'SIGKILL')
      await until(
        'the postmaster is gone',
        () => readPostmaster(cluster)?.pid !== pid || readPostmaster(cluster)?.state === 'stale',
      )
    },
    postgresPids() {
      const { pid } = readPostmaster(cluster)!
      return [pid, ...childrenOf(pid)]
    },
    async postgresIsBack() {
      await until('PostgreSQL answers again', () => answers(connectionString))
    },
    simulator: () => countsOf(folder)!,
    report: async () => (await getReport(db, workspace.id, activity.id, clock.now()))!,
    async close() {
      await killAll()
      await wire.close()
      await db.end()
      await held.kill()
      await stopServer(cluster, '')
      place.remove()
    },
  }
  const { figures } = await until('the audience is frozen', async () => {
    const report = await campaign.report()
    return report.figures.targeted > 0 && report
  })
  campaign.queued = figures.targeted - figures.notSent
  return campaign
}

function childrenOf(parent: number): number[] {
  return execFileSync('ps', ['-o', 'pid=', '--ppid', String(parent)], { encoding: 'utf8' })
    .split('\n')
    .flatMap(line => (line.trim() === '' ? [] : [Number(line)]))
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function importPeople(
  db: Database,
  workspaceId: number,
  folder: string,
  profiles: number,
  now: Date,
): Promise<void> {
  const path = join(folder, 'list.csv')
  const rows = Array.from({ length: profiles }, (_, i) => `C${i},Name${i % 97},+4670${1_000_000 + i},yes`)
  writeFileSync(path, `key,first,mobile,consent\n${rows.join('\n')}\n`)
  await importProfiles(db, {
    workspaceId,
    path,
    fileName: 'list.csv',
    importId: null,
    country: 'SE',
    map: parseMap('external_key=key,first_name=first,phone=mobile,sms_consent=consent'),
    topicName: 'Offers',
    mode: 'both',
    now,
    rejectedPath: null,
  })
}

/** The number of connections of a lane that wait for a lock in this statement. */
export async function waitingFor(db: Database, lane: string, statement: string): Promise<number> {
  const [row] = await db.query<{ n: number }>(
    sql`select count(*) as n from pg_stat_activity where application_name = ${`homing/${lane}`}
      and wait_event_type = 'Lock' and query like ${statement}`,
  )
  return row?.n ?? 0
}

/** A lock that blocks the processes until the test releases it or PostgreSQL dies. */
export async function lock(connectionString: string, statement: string): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client({ connectionString, application_name: 'test lock' })
  client.on('error', () => {})
  await client.connect()
  await client.query('begin')
  await client.query(statement)
  return {
    async release() {
      await client.query('rollback').catch(() => {})
      await client.end().catch(() => {})
    },
  }
}

export interface Open {
  /** attempts without an answer */
  attempts: number
  /** of the newest session: business time of the first of them */
  queued: number
}

export async function openOf({ db, activityId }: Campaign): Promise<Open> {
  const [row] = await db.query<Open>(
    sql`select (select count(*) from attempts a where a.activity_id = ${activityId} and not exists (select from answers b
        where b.bucket = a.bucket and b.activity_id = a.activity_id and b.profile_id = a.profile_id and b.n = a.n)) as attempts,
      (select count(*) from messages m where m.activity_id = ${activityId} and m.status = 'queued') as queued`,
  )
  return row!
}
