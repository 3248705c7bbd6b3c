/**
 * STOP against a send, again and again: while an activity is sent, people whose turn is about to come answer STOP (or press the
 * button of the opt-out page), over any bind, and their gateway notes what was submitted to them after it had the acknowledgement.
 * Real processes, a real wire. The numbers are sent to in the order of their keys, so the test knows whose turn comes next.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createWorkspace, ensureTopic } from '../server/access/workspaces.ts'
import { createActivity } from '../server/activities/draft.ts'
import { scheduleActivity } from '../server/activities/schedule.ts'
import { addGateway } from '../server/gateways/gateways.ts'
import { importProfiles } from '../server/imports/import.ts'
import { parseMap } from '../server/imports/mapping.ts'
import { readConfig } from '../server/platform/config.ts'
import { type Database, openDatabase } from '../server/platform/db.ts'
import { ensureInstallation } from '../server/platform/installation.ts'
import { identityOf } from '../server/platform/session.ts'
import { sql } from '../server/platform/sql.ts'
import { freshDatabase } from './database.ts'
import { type Child, type Env, startProcess, temporaryFolder, until } from './processes.ts'
import { deliverSm, type Smsc, type Submitted, startSmsc } from './smsc.ts'

export const sender = '+46712345678'

export interface RaceInput {
  /** how many STOPs */
  races: number
  workers?: number
  binds?: number
  window?: number
  rate?: number
  /** how the person says no; STOP over some bind */
  say?(phone: string, course: Course): Promise<boolean>
}

export interface Course {
  db: Database
  smsc: Smsc
  workers: Child[]
  env: Env
  workspaceId: number
  activityId: number
}

export interface Outcome {
  /** STOPs that were acknowledged */
  acknowledged: number
  /** of these, numbers that were sent to later */
  sentAfter: string[]
  /** of these, numbers that had not been sent to before: what the race is about */
  won: number
  submitted: number
  course: Course
}

/** One STOP for so many submits. */
const every = 4
const idleMs = 1_500

export async function race({
  races,
  workers = 1,
  binds = 1,
  window = 50,
  rate = 0,
  say = sayStop,
}: RaceInput): Promise<Outcome & { close(): Promise<void> }> {
  const place = temporaryFolder('races')
  const database = await freshDatabase()
  const db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  const order: string[] = []
  const placeOf = new Map<string, number>()
  const saidBy = new Set<string>()
  const acknowledged = new Set<string>()
  const sent = new Set<string>()
  const sentAfter: string[] = []
  const won = new Set<string>()
  const asked: Promise<void>[] = []
  let course: Course | undefined
  let heard = 0
  let lastMs = 0
  let random = 12_345
  const drawn = (n: number) => {
    random = (random * 1_103_515_245 + 12_345) & 0x7fffffff
    return random % n
  }
  const speak = (phone: string) => {
    saidBy.add(phone)
    if (course === undefined) return
    asked.push(
      say(phone, course).then(done => {
        if (!done) return
        acknowledged.add(phone)
        if (!sent.has(phone)) won.add(phone)
      }),
    )
  }
  const react = ({ to }: Submitted) => {
    lastMs = performance.now()
    const phone = `+${to}`
    if (acknowledged.has(phone)) sentAfter.push(phone)
    sent.add(phone)
    if (++heard % every === 0 && saidBy.size < races) {
      const next = order[(placeOf.get(phone) ?? 0) + drawn(rate === 0 ? 10 * window : rate)]
      if (next !== undefined && !saidBy.has(next)) speak(next)
    }
    return { answer: { afterMs: drawn(30) } }
  }
  const smsc = await startSmsc({ react })
  const env: Env = {
    DATABASE_URL: database.connectionString,
    HOMING_DATA: place.path,
    HOMING_LINK_URL: 'http://127.0.0.1:1',
  }
  const config = readConfig(env, {})
  const now = new Date()
  await ensureInstallation(db, { identity: await identityOf(db, config), now })
  const workspace = await createWorkspace(db, { name: 'Shop', owner: null, actor: 'test' }, now)
  const topic = await ensureTopic(db, workspace.id, 'Offers', now)
  await importPeople(db, workspace.id, place.path, races * (every + 2) + 6 * window, now)
  const gateway = await addGateway(
    db,
    {
      workspaceId: workspace.id,
      name: 'smsc',
      actor: 'test',
      host: '127.0.0.1',
      port: smsc.port,
      systemId: 'homing',
      password: 'homing',
      window,
      binds,
      rate,
    },
    now,
  )
  const children = await Promise.all(Array.from({ length: workers }, () => startProcess(['worker'], env)))
  await until('every bind is bound', () => smsc.binds.filter(bind => bind.open).length === binds)
  const asker = {
    workspaceId: workspace.id,
    actor: 'test',
    url: env.HOMING_LINK_URL!,
    linkUrl: env.HOMING_LINK_URL!,
    now: new Date(),
  }
  const activity = await createActivity(db, asker, {
    name: 'Autumn',
    sender,
    body: 'The autumn collection has come. Reply STOP to get no more.',
    sendTo: { topics: [topic.id], duplicates: 'one_per_number' },
    gatewayId: gateway.id,
    quietHours: false,
  })
  order.push(
    ...(
      await db.query<{ phone: string }>(
        sql`select phone from profiles where workspace_id = ${workspace.id} order by bucket, profile_id`,
      )
    ).map(row => row.phone),
  )
  for (const [i, phone] of order.entries()) placeOf.set(phone, i)
  course = { db, smsc, workers: children, env, workspaceId: workspace.id, activityId: activity.id }
  await scheduleActivity(db, asker, activity.id, { sendAt: null })
  await until('the send has come to its end', () => heard > 0 && performance.now() - lastMs > idleMs, {
    timeoutMs: 600_000,
    seen: () => ({ heard, said: saidBy.size, acknowledged: acknowledged.size }),
  })
  await Promise.all(asked)
  return {
    acknowledged: acknowledged.size,
    sentAfter,
    won: won.size,
    submitted: heard,
    course,
    async close() {
      await Promise.all(children.map(child => child.stop()))
      await smsc.close()
      await db.end()
      await database.drop()
      place.remove()
    },
  }
}

/** Until it is acknowledged, as a gateway does. */
async function sayStop(phone: string, { smsc }: Course): Promise<boolean> {
  const binds = smsc.binds.map((bind, i) => ({ bind, i })).filter(({ bind }) => bind.open)
  const over = binds[Number(phone.slice(-2)) % binds.length]?.i ?? 0
  const stop = deliverSm({ from: phone.slice(1), to: sender.slice(1), text: 'STOP' })
  for (let n = 0; n < 20; n++) if ((await smsc.deliver(stop, over)) === 0) return true
  return false
}

async function importPeople(
  db: Database,
  workspaceId: number,
  folder: string,
  people: number,
  now: Date,
): Promise<void> {
  const path = join(folder, 'list.csv')
  const rows = Array.from({ length: people }, (_, i) => `C${i},+4670${1_000_000 + i},yes`)
  writeFileSync(path, `key,mobile,consent\n${rows.join('\n')}\n`)
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
