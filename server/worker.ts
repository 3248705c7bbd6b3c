/**
 * The worker: gateway sessions (send, receive), the apply lane, sweeps, the ledger, schedules, alarms, and the coarse jobs (imports,
 * clicks judged anew).
 * Several may run against one database: leases, advisory locks and keys keep them out of each other's way. Any may be killed
 * at any time; another goes on from the database.
 */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { sweepDeleted } from './activities/draft.ts'
import { AlarmWatch } from './alarms/watch.ts'
import { applyOverdueReplies } from './clicks/apply-replies.ts'
import { judgeAnew } from './clicks/judge-anew.ts'
import { postAll } from './credits/ledger.ts'
import { runWaitingImports } from './imports/jobs.ts'
import { openInbox } from './inbox/append.ts'
import { replaySpools } from './inbox/replay.ts'
import { laneLimits, runLanes } from './lanes.ts'
import { readGrouping } from './messages/group.ts'
import { type Clock, readClock } from './platform/clock.ts'
import { type Complain, makeComplaints } from './platform/complaints.ts'
import { type Connection, type Database, openDatabase } from './platform/db.ts'
import { signOfLife } from './platform/installation.ts'
import { openLeases } from './platform/lease.ts'
import type { Log } from './platform/log.ts'
import { Nap } from './platform/nap.ts'
import { sql } from './platform/sql.ts'
import { endDead, type Owner } from './sending/lease.ts'
import { ReplyIntake } from './sending/reply-intake.ts'
import { GatewayRunner, type GatewaySettings } from './sending/runner.ts'
import { settleDeadSessions } from './sending/settle.ts'
import { startDue } from './sending/start.ts'
import { Sweeper } from './sending/sweep.ts'
import { sweepTests } from './sending/test-claim.ts'
import { BarredNumbers, passed } from './suppression/barred.ts'
import { drainOutbox } from './suppression/drain.ts'

export interface WorkerInput {
  connection: Connection
  /** absolute */
  dataFolder: string
  linkUrl: string
  log: Log
}

export interface Worker {
  /** Attempts of this process without a committed answer. */
  unanswered(): number
  /** Finishes what is under way: no attempt stays unknown. */
  stop(): Promise<void>
}

const signOfLifeMs = 10_000

export async function runWorker({ connection, dataFolder, linkUrl, log }: WorkerInput): Promise<Worker> {
  const sending = openDatabase({ connection, lane: 'sending', max: 8 })
  const keeping = openDatabase({ connection, lane: 'keeping', max: 4 })
  const importing = openDatabase({ connection, lane: 'import', max: 3 })
  const clock = await readClock(keeping)
  const owner: Owner = { process: `${hostname()}:${process.pid}`, machine: `${hostname()}:${dataFolder}` }
  const complain = makeComplaints(log)
  const grouping = await readGrouping(keeping, process.pid)
  const journalFolder = join(dataFolder, 'journal')
  const spoolFolder = join(dataFolder, 'spool')
  await endDead(keeping, owner)
  await replaySpools(spoolFolder, connection, log)
  const leases = openLeases(connection)
  const lanes = runLanes({
    leases,
    open: (lane, max) => openDatabase({ connection: { ...connection, ...laneLimits }, lane, max }),
    clock,
    log,
    grouping: { ...grouping, writer: (grouping.writer + 128) & 255 },
  })
  const source = { connection, process: `${owner.process}:worker`, spoolFolder, clock, log }
  const inbox = await openInbox({ ...source, lane: 'gateway', appended: () => lanes.wake('gateway') })
  const replyInbox = await openInbox({ ...source, lane: 'replies', appended: () => lanes.wake('replies') })
  const barred = new BarredNumbers(connection, complain)
  const replies = new ReplyIntake({
    replies: replyInbox,
    marks: lanes.marks,
    passed: () => passed(keeping, { barred, process: owner.process }),
  })
  const runners: GatewayRunner[] = []
  const sweeper = new Sweeper({ db: keeping, clock, grouping: { ...grouping, writer: (grouping.writer + 64) & 255 } })
  const alarms = new AlarmWatch({ db: keeping, spoolFolder, machine: owner.machine })
  const stopping = new AbortController()
  // A fast business clock has an hour in a second: what looks at due times looks as often as it can.
  const often = clock.rate > 1 ? 100 : 500

  const rounds = [
    every(often, complain, 'schedules', () => startDue({ db: keeping, clock, log, linkUrl })),
    every(often, complain, 'sweeps', () => sweeper.sweep()),
    every(500, complain, 'gateways', () =>
      tendGateways(
        { db: sending, keeping, clock, log, grouping, inbox, replies, barred, owner, journalFolder, linkUrl },
        runners,
      ),
    ),
    every(1000, complain, 'dead sessions', () =>
      settleDeadSessions({
        db: keeping,
        grouping,
        journalFolder,
        machine: owner.machine,
        linkUrl,
        now: () => clock.now(),
      }),
    ),
    every(5000, complain, 'test SMS', () => sweepTests(keeping, clock.now())),
    every(1000, complain, 'ledger', () => postAll(keeping, clock.now())),
    every(500, complain, 'imports', () =>
      runWaitingImports({
        db: importing,
        clock,
        dataFolder,
        signal: stopping.signal,
        onError: (error, importId) => log.error({ err: error, import: importId }, 'an import went wrong'),
      }),
    ),
    every(1000, complain, 'long replies', () =>
      applyOverdueReplies(keeping, new Date(), (grouping.writer + 128) & 255),
    ),
    every(500, complain, 'outbox', () => drainOutbox(keeping, clock.now())),
    every(2000, complain, 'alarms', () => alarms.look(clock.now())),
    every(5000, complain, 'verdicts of before', () =>
      judgeAnew({
        db: keeping,
        grouping: { ...grouping, writer: (grouping.writer + 192) & 255 },
        log,
        signal: stopping.signal,
      }),
    ),
    every(60_000, complain, 'deleted drafts', () => sweepDeleted(keeping, clock.now())),
    every(signOfLifeMs, complain, 'sign of life', () => signOfLife(keeping, new Date())),
  ]

  return {
    unanswered: () => runners.reduce((sum, runner) => sum + runner.unanswered, 0),
    async stop() {
      stopping.abort()
      await Promise.all(rounds.map(stop => stop()))
      await Promise.all(runners.map(runner => runner.close()))
      replies.stop()
      await Promise.all([inbox.close(), replyInbox.close(), barred.stop()])
      await lanes.stop()
      // What the last answers cost and closed, so that nothing of it waits for another worker.
      await drainOutbox(keeping, clock.now()).catch(error =>
        log.warn({ err: error }, 'the outbox waits for the next worker'),
      )
      await postAll(keeping, clock.now()).catch(error =>
        log.warn({ err: error }, 'the ledger waits for the next worker'),
      )
      await alarms
        .stop(clock.now())
        .catch(error => log.warn({ err: error }, 'alarms of this process were left standing'))
      await Promise.all([sending.end(), leases.end(), keeping.end(), importing.end()])
    },
  }
}

/** Does it again and again with a pause between; what goes wrong is said and tried again. The returned function stops it. */
function every(ms: number, complain: Complain, what: string, work: () => Promise<unknown>): () => Promise<void> {
  let stopped = false
  const nap = new Nap()
  const loop = (async () => {
    while (!stopped) {
      try {
        await work()
      } catch (error) {
        complain(error, `${what}: tried again in a moment`)
      }
      if (!stopped) await nap.take(ms)
    }
  })()
  return () => {
    stopped = true
    nap.wake()
    return loop
  }
}

type Tending = Omit<Parameters<typeof GatewayRunner.open>[0], 'gateway' | 'bindNo'> & {
  keeping: Database
  clock: Clock
}

/**
 * Opens what is missing, closes what is gone or was changed. Where sending is held there is none: the gateway's password is in a
 * copy too, and a bind of the copy would take receipts and replies that belong to the original.
 */
async function tendGateways(input: Tending, runners: GatewayRunner[]): Promise<void> {
  const gateways = await input.keeping.query<GatewaySettings>(
    sql`select id, host, port, system_id as "systemId", password, binds, window_size as "window", rate from gateways
      where removed_at is null and not exists (select from installation where sending_held is not null) order by id`,
    'gateways-tend',
  )
  for (let i = runners.length - 1; i >= 0; i--) {
    const runner = runners[i]!
    const gateway = gateways.find(({ id }) => id === runner.settings.id)
    if (
      runner.ended ||
      gateway === undefined ||
      runner.bindNo > gateway.binds ||
      JSON.stringify(gateway) !== JSON.stringify(runner.settings)
    ) {
      runners.splice(i, 1)
      await runner.close()
    }
  }
  for (const gateway of gateways)
    for (let bindNo = 1; bindNo <= gateway.binds; bindNo++) {
      if (runners.some(runner => runner.settings.id === gateway.id && runner.bindNo === bindNo)) continue
      const runner = await GatewayRunner.open({ ...input, gateway, bindNo })
      if (runner !== undefined) runners.push(runner)
    }
}
