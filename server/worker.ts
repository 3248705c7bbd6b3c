/**
 * The worker: gateway sessions (send, receive), the apply lane, sweeps, the ledger, schedules, alarms, and the coarse jobs (imports,
 * re-evaluation of clicks).
 * Several may run against one database: leases, advisory locks and keys keep them out of each other's way. Any may be killed
 * at any time; another continues from the database.
 */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { forgetAudit } from './access/audit.ts'
import { forgetTries } from './access/tries.ts'
import { sweepDeleted } from './activities/draft.ts'
import { ScheduledEstimates } from './activities/estimate-scheduled.ts'
import { makeDueReminders } from './activities/planned-reminders.ts'
import { forgetOldTests } from './activities/test-sms.ts'
import { AlarmWatch } from './alarms/watch.ts'
import { forgetOldChanges, runAttributeChanges } from './attributes/run-attribute-changes.ts'
import { reevaluateClicks } from './clicks/reevaluate.ts'
import { postCharges } from './credits/ledger.ts'
import { deleteOldSecrets } from './gateways/remove.ts'
import { runWaitingImports } from './imports/jobs.ts'
import { forgetImportFiles } from './imports/kept-files.ts'
import { ImportTurns, importPlaces } from './imports/turns.ts'
import { openInbox } from './inbox/append.ts'
import { InboxWatch } from './inbox/behind.ts'
import { forgetApplied } from './inbox/kept-records.ts'
import { replaySpools } from './inbox/replay.ts'
import { forgetOld } from './inbox/unmatched.ts'
import { readGrouping } from './messages/group.ts'
import { type ConnectionConfig, openDatabase } from './platform/db/database.ts'
import { every } from './platform/every.ts'
import { readClock } from './platform/installation/business-clock.ts'
import { type MarkPlace, recordHeartbeat } from './platform/installation/installation.ts'
import { openLeases } from './platform/leases/lease.ts'
import { LeaseWatch } from './platform/leases/lease-watch.ts'
import { bootOf, lifeOf } from './platform/leases/life.ts'
import { limitWarnings } from './platform/limited-warnings.ts'
import type { Log } from './platform/log.ts'
import { makeReach, type ReachCheck } from './platform/reach.ts'
import type { Keyring } from './platform/secrets/keyring.ts'
import { forgetJoinedParts } from './replies/forget.ts'
import { applyOverdueReplies } from './replies/reply-applier.ts'
import { laneLimits, runLanes } from './run-lanes.ts'
import { runLongCounts } from './segments/run-long-counts.ts'
import { runSegmentLists } from './segments/run-segment-list.ts'
import { countDailySizes } from './segments/size-days.ts'
import { ReplyIntake } from './sending/reply-intake.ts'
import { endDead, type SessionOwner, terms } from './sending/session-lease.ts'
import { forgetJournals, settleDeadSessions } from './sending/settle.ts'
import { startCorrected, startDue } from './sending/start-due.ts'
import { Sweeper } from './sending/sweep.ts'
import { Binds } from './sending/tend.ts'
import { drainOutbox } from './suppression/drain.ts'
import { BarredAddresses, passed } from './suppression/just-barred.ts'
import { forgetOldTaggings, runTaggings } from './tags/run-taggings.ts'
import { forgetOldEvents } from './website/retention.ts'

export interface WorkerInput {
  connection: ConnectionConfig
  /** absolute */
  dataFolder: string
  /** where its signs of life leave what a copy cannot bring along */
  place?: MarkPlace
  /** where people and providers find this installation */
  url: string
  linkUrl: string
  keys: Keyring
  /** where gateways may be; default: no private address */
  reach?: ReachCheck
  log: Log
}

export interface Worker {
  /** Attempts of this process without a committed answer. */
  unanswered(): number
  /** Finishes work in progress: no attempt stays unknown. */
  stop(): Promise<void>
}

const heartbeatMs = 10_000

export async function runWorker({
  connection,
  dataFolder,
  place,
  url,
  linkUrl,
  keys,
  reach = makeReach([]),
  log,
}: WorkerInput): Promise<Worker> {
  const sending = openDatabase({ connection, lane: 'sending', max: 8 })
  const keeping = openDatabase({ connection, lane: 'keeping', max: 4 })
  const leases = openLeases(connection)
  const importing = openDatabase({ connection, lane: 'import', max: 3 * importPlaces.length })
  const listing = openDatabase({ connection, lane: 'lists', max: 3 * importPlaces.length })
  const segmenting = openDatabase({ connection, lane: 'segments', max: 3 })
  // One count at a time, and a connection to cancel it.
  const sizing = openDatabase({ connection, lane: 'sizes', max: 2 })
  // Two counts at a time, and connections to cancel them and to show that they are alive.
  const counting = openDatabase({ connection, lane: 'counting', max: 4 })
  const clock = await readClock(keeping)
  const owner: SessionOwner = {
    process: `${hostname()}:${process.pid}`,
    machine: `${hostname()}:${dataFolder}`,
    boot: bootOf(),
    life: lifeOf(process.pid),
  }
  const warn = limitWarnings(log)
  const grouping = await readGrouping(keeping, process.pid)
  const journalFolder = join(dataFolder, 'journal')
  const spoolFolder = join(dataFolder, 'spool')
  await endDead(keeping, owner)
  await replaySpools(spoolFolder, connection, log)
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
  const barred = new BarredAddresses(connection, warn)
  const replies = new ReplyIntake({
    replies: replyInbox,
    marks: lanes.marks,
    passed: () => passed(keeping, { barred, process: owner.process }),
  })
  const inboxWatch = new InboxWatch()
  let journalFault: Error | undefined
  const binds = new Binds({
    db: sending,
    leases,
    keeping,
    clock,
    log,
    warn,
    grouping,
    inbox,
    replies,
    inboxWatch,
    barred,
    owner,
    journalFolder,
    onJournal: fault => {
      journalFault = fault
    },
    url,
    linkUrl,
    keys,
    reach,
  })
  const sweeper = new Sweeper({ db: keeping, clock, grouping: { ...grouping, writer: (grouping.writer + 64) & 255 } })
  const alarms = new AlarmWatch({
    db: keeping,
    clock,
    spoolFolder,
    machine: owner.machine,
    journalFault: () => journalFault?.message,
    secretFault: () => keys.fault ?? binds.locked,
  })
  const watch = new LeaseWatch(terms)
  const stopping = new AbortController()
  const importTurns = new ImportTurns()
  const estimates = new ScheduledEstimates({
    db: segmenting,
    now: () => clock.now(),
    url,
    linkUrl,
    signal: stopping.signal,
  })
  const listTurns = new ImportTurns()
  // A fast business clock has an hour in a second: what looks at due times looks as often as it can.
  const often = clock.rate > 1 ? 100 : 500

  const rounds = [
    every(often, warn, 'schedules', () => startDue({ db: keeping, clock, log, linkUrl })),
    every(clock.rate > 1 ? 1000 : 15_000, warn, 'activities that wait', () =>
      startCorrected({ db: keeping, clock, log, linkUrl }),
    ),
    every(clock.rate > 1 ? often : 2000, warn, 'planned reminders', () =>
      makeDueReminders({ db: keeping, clock, log, url, linkUrl }),
    ),
    every(5000, warn, 'estimates of scheduled SMS', () => estimates.count()),
    every(often, warn, 'sweeps', () => sweeper.sweep()),
    every(500, warn, 'gateways', () => binds.tend()),
    every(5000, warn, 'keys', () => keys.refresh(keeping)),
    every(1000, warn, 'dead sessions', () =>
      settleDeadSessions({
        db: keeping,
        grouping,
        journalFolder,
        boot: owner.boot,
        linkUrl,
        log,
        warn,
        watch,
        now: () => clock.now(),
      }),
    ),
    every(3_600_000, warn, 'old website events', () => forgetOldEvents(keeping, clock.now())),
    every(600_000, warn, 'old journals', () => forgetJournals(keeping, journalFolder)),
    every(60_000, warn, 'test SMS', () => forgetOldTests(keeping, clock.now(), clock.rate)),
    every(1000, warn, 'ledger', () => postCharges(keeping, clock.now())),
    ...importPlaces.map(({ short }) =>
      every(500, warn, 'imports', () =>
        runWaitingImports({
          db: importing,
          clock,
          dataFolder,
          turns: importTurns,
          short,
          signal: stopping.signal,
          onError: (error, importId) => log.error({ err: error, import: importId }, 'an import went wrong'),
        }),
      ),
    ),
    ...importPlaces.map(({ short }) =>
      every(500, warn, 'lists of people', () =>
        runSegmentLists({
          db: listing,
          now: () => clock.now(),
          dataFolder,
          turns: listTurns,
          short,
          signal: stopping.signal,
          onError: (error, list) => log.error({ err: error, list }, 'a list of people went wrong'),
        }),
      ),
    ),
    every(500, warn, 'tags', () =>
      runTaggings({
        db: segmenting,
        now: () => clock.now(),
        signal: stopping.signal,
        onError: (error, tagging) => warn(error, `change of tags ${tagging}: tried again in a moment`),
      }),
    ),
    every(500, warn, 'types of attributes', () =>
      runAttributeChanges({
        db: segmenting,
        now: () => clock.now(),
        signal: stopping.signal,
        onError: (error, change) => warn(error, `change of type ${change}: tried again in a moment`),
      }),
    ),
    every(600_000, warn, 'old changes of types', () => forgetOldChanges(segmenting, clock.now())),
    every(600_000, warn, 'old changes of tags', () => forgetOldTaggings(segmenting, clock.now())),
    every(clock.rate > 1 ? 1000 : 60_000, warn, 'sizes of segments', () =>
      countDailySizes({
        db: sizing,
        now: () => clock.now(),
        signal: stopping.signal,
        onError: (error, segment) => warn(error, `size of segment ${segment}: tried again in a moment`),
      }),
    ),
    every(500, warn, 'counts of segments', () =>
      runLongCounts({
        db: counting,
        now: () => clock.now(),
        signal: stopping.signal,
        onError: (error, id) => warn(error, `count ${id}: it failed`),
      }),
    ),
    every(1000, warn, 'long replies', () => applyOverdueReplies(keeping, new Date(), (grouping.writer + 128) & 255)),
    every(1000, warn, 'inbox', () => inboxWatch.look(keeping, clock)),
    every(3_600_000, warn, 'old rows of the audit', () => forgetAudit(keeping, clock.now())),
    every(3_600_000, warn, 'secrets of removed gateways', () => deleteOldSecrets(keeping, keys, clock.now())),
    every(600_000, warn, 'old tries to sign in', () => forgetTries(keeping)),
    every(3_600_000, warn, 'old unmatched records', () => forgetOld(keeping, clock.now())),
    every(10_000, warn, 'old raw records', () => forgetApplied(keeping, clock.now())),
    every(3_600_000, warn, 'old parts of replies', () => forgetJoinedParts(keeping, new Date())),
    every(600_000, warn, 'old files of imports', () => forgetImportFiles(keeping, dataFolder, clock.now())),
    every(500, warn, 'outbox', () => drainOutbox(keeping, clock.now(), warn)),
    every(2000, warn, 'alarms', () => alarms.look(clock.now())),
    every(5000, warn, 're-evaluation of clicks', () =>
      reevaluateClicks({
        db: keeping,
        grouping: { ...grouping, writer: (grouping.writer + 192) & 255 },
        log,
        signal: stopping.signal,
      }),
    ),
    every(60_000, warn, 'deleted drafts', () => sweepDeleted(keeping, clock.now())),
    every(heartbeatMs, warn, 'heartbeat', () => recordHeartbeat(keeping, new Date(), place, clock.now())),
  ]

  return {
    unanswered: () => binds.unanswered,
    async stop() {
      stopping.abort()
      await Promise.all(rounds.map(stop => stop()))
      await binds.stop()
      replies.stop()
      await Promise.all([inbox.close(), replyInbox.close(), barred.stop()])
      await lanes.stop()
      // What the last answers cost and closed, so that nothing of it waits for another worker.
      await drainOutbox(keeping, clock.now(), warn).catch(error =>
        log.warn({ err: error }, 'the outbox waits for the next worker'),
      )
      await postCharges(keeping, clock.now()).catch(error =>
        log.warn({ err: error }, 'the ledger waits for the next worker'),
      )
      await alarms
        .stop(clock.now())
        .catch(error => log.warn({ err: error }, 'alarms of this process were left standing'))
      await Promise.all(
        [sending, leases, keeping, importing, listing, segmenting, sizing, counting].map(db => db.end()),
      )
    },
  }
}
