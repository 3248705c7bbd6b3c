/** The verbs that run until they are stopped: everything, or one process of it. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { firstSignInLink } from '../access/links.ts'
import { type Standing, settleAlarms } from '../alarms/alarms.ts'
import { prepareDemo, sendLive } from '../demo/prepare-demo.ts'
import { simulatorListens, simulatorWords } from '../demo/simulator-gateway.ts'
import { sealPlainPasswords } from '../gateways/secrets.ts'
import { addresses, type Config, readConfig } from '../platform/config.ts'
import { type Database, type Db, openDatabase } from '../platform/db/database.ts'
import { awayInWords, untilDone, whyAway } from '../platform/db/database-away.ts'
import { sql } from '../platform/db/sql.ts'
import { readClock, setClockRate } from '../platform/installation/business-clock.ts'
import { beginInstallation, markPlaceOf, startOf } from '../platform/installation/installation.ts'
import { createLog, type Log } from '../platform/log.ts'
import { tighten } from '../platform/private-files.ts'
import { makeReach } from '../platform/reach.ts'
import { openKeyring } from '../platform/secrets/keyring.ts'
import { type Running, runAsChild } from '../supervisor/child.ts'
import type { Trouble } from '../supervisor/children.ts'
import { portProblem } from '../supervisor/port.ts'
import { type PreparedStart, type StartHooks, start } from '../supervisor/start.ts'
import { type CommandWords, optional } from './arguments.ts'
import { type CliContext, openCliContext } from './context.ts'

export const configOf = (words: CommandWords): Config =>
  readConfig(process.env, optional({ data: words.text('data'), port: words.text('port') }))

export async function runStart(words: CommandWords): Promise<undefined> {
  const config = configOf(words)
  const log = createLog({ part: 'start' })
  await start({ config, log, hooks: startHooks(config, log, { demo: !words.on('no-demo') }) })
}

/** What happens between the migrations and the processes. */
export function startHooks(config: Config, log: Log, { demo }: { demo: boolean }): StartHooks {
  const on = async <Result>(
    { connectionString }: PreparedStart,
    work: (db: ReturnType<typeof openDatabase>) => Promise<Result>,
  ) => {
    const db = openDatabase({ connection: { connectionString }, lane: 'start', max: 3 })
    try {
      return await work(db)
    } finally {
      await db.end()
    }
  }
  return {
    prepare: (prepared, signal) =>
      on(prepared, async db => {
        const held = await beginInstallation(db, await startOf(db, config))
        if (held.sendingHeld !== null) process.stderr.write(`ATTENTION: ${held.sendingHeld}\n`)
        await db.run(sql`update installation set url = ${prepared.url}, link_url = ${prepared.linkUrl} where id = 1`)
        const keys = await openKeyring(db, config)
        if (keys.fault === undefined) await sealPlainPasswords(db, keys)
        else process.stderr.write(`ATTENTION: ${keys.fault}.\n`)
        const clock = await setClockRate(db, config.clockRate)
        if (demo)
          await prepareDemo(db, {
            dataFolder: config.data,
            url: prepared.url,
            linkUrl: prepared.linkUrl,
            profiles: 10_000,
            seed: 1,
            now: clock.now(),
            log,
            signal,
          }).catch(error => {
            if (whyAway(error) !== undefined) throw error
            log.error({ err: error }, 'the demo could not be completed: the next start tries again')
          })
        log.info({ url: prepared.url }, 'prepared')
      }),
    beside: (prepared, signal) =>
      demo ? on(prepared, db => sendLiveOnce(db, prepared, log, signal)) : Promise.resolve(),
    troubled: (prepared, troubles) =>
      on(prepared, async db =>
        settleAlarms(db, { kinds: ['process_down'] }, troubles.map(processDown), (await readClock(db)).now()),
      ),
    signInLink: prepared => on(prepared, db => firstSignInLink(db, prepared.url)),
    needsSimulator: prepared => on(prepared, simulatorWords),
    readied: async (prepared, name, { port }) => {
      if (name === 'simulator' && typeof port === 'number') await on(prepared, db => simulatorListens(db, port))
    },
  }
}

const LOOK_MS = 400

/** The demo's SMS waits for the owner: until then it looks again and again. */
async function sendLiveOnce(
  db: Database,
  { url, linkUrl }: PreparedStart,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const clock = await untilDone(() => readClock(db), { signal })
  while (!signal.aborted) {
    const sent = await sendLive(db, { url, linkUrl, now: clock.now() }).catch(error => {
      log.warn({ err: error }, 'the SMS of the demo waits: it is tried again')
      return false
    })
    if (sent) return
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
  }
}

const processDown = ({ name, what }: Trouble): Standing => ({
  kind: 'process_down',
  subject: `process ${name}`,
  workspaceId: null,
  sentence:
    name === 'worker' ? 'Nothing is sent or counted at the moment.' : 'A part of Homing does not run at the moment.',
  fix: 'It is restarted at least every half minute. Ask the operator of this server: the log says why.',
  detail: `The process "${name}" ${what}.`,
  afterMs: 0,
})

export async function runWebVerb(words: CommandWords): Promise<undefined> {
  const { runWeb } = await import('../web.ts')
  await asProcess(words, 'web', (config, connectionString, log, { keys }) =>
    runWeb({ config, connection: { connectionString }, keys, log }),
  )
}

export async function runWorkerVerb(words: CommandWords): Promise<undefined> {
  const { runWorker } = await import('../worker.ts')
  await asProcess(words, 'worker', async (config, connectionString, log, { linkUrl, keys }) => {
    const worker = await runWorker({
      connection: { connectionString },
      dataFolder: config.data,
      place: markPlaceOf(config),
      url: addresses(config, config.port).url,
      linkUrl,
      keys,
      reach: makeReach(config.privateGateways),
      log,
    })
    return { stop: () => worker.stop() }
  })
}

export async function runSimulatorVerb(words: CommandWords): Promise<undefined> {
  const { runSimulator } = await import('../gateways/simulator/main.ts')
  const config = configOf(words)
  const folder = words.text('folder') ?? join(config.data, 'simulator')
  tighten(folder)
  await runAsChild(async () => {
    const simulator = await runSimulator({
      folder,
      ...optional({
        port: numberOf(words, 'port'),
        near: numberOf(words, 'near'),
        seed: numberOf(words, 'seed'),
        throttlePerSecond: numberOf(words, 'throttle'),
      }),
    }).catch(error => {
      throw portProblem(error, 'HOMING_SIMULATOR_PORT') ?? error
    })
    if (process.send === undefined) process.stderr.write(`The simulator listens on 127.0.0.1:${simulator.port}.\n`)
    return { ready: { port: simulator.port }, stop: () => simulator.close() }
  })
}

function numberOf(words: CommandWords, flag: string): number | undefined {
  const text = words.text(flag)
  return text === undefined ? undefined : Number(text)
}

/** A process of its own: under the supervisor on its database, alone on the one of the settings. A database that is away is waited for. */
async function asProcess(
  words: CommandWords,
  part: string,
  begin: (
    config: Config,
    connectionString: string,
    log: Log & FastifyBaseLogger,
    place: CliContext,
  ) => Promise<Running>,
): Promise<void> {
  const config = configOf(words)
  const log = createLog({ part })
  if (config.connectionString === null) tighten(config.data)
  // Under a supervisor, that one has judged, and knows what the installation is called.
  const sends = part === 'worker' && config.connectionString === null
  await runAsChild(({ stopping, waits }) => {
    const notice = (why: string | null) => {
      log.warn(awayInWords(why))
      waits(why === null ? null : `the database is away (${why})`)
    }
    return untilDone(
      async () => {
        const { place, close } = await openCliContext(config, log, {
          sends,
          stays: true,
          notice: sentence => log.warn(sentence),
        })
        try {
          const connectionString = String(place.connection.connectionString)
          const running = await begin(config, connectionString, log, place)
          const watch = watchDatabase(place.db, notice)
          return {
            ...running,
            async stop(reason) {
              watch.end()
              await running.stop(reason)
              await close()
            },
          }
        } catch (error) {
          await close()
          throw error
        }
      },
      { notice, signal: stopping },
    )
  })
}

const WATCH_MS = 5_000

/** Says when the database is away, and when it answers again: each lane only knows that its own work failed. */
function watchDatabase(db: Db, notice: (why: string | null) => void): { end(): void } {
  let away = false
  let asking = false
  const look = async () => {
    if (asking) return
    asking = true
    const late = setTimeout(() => changed('it does not answer'), WATCH_MS)
    const changed = (why: string | null) => {
      if (away !== (why !== null)) notice(why)
      away = why !== null
    }
    await db.query(sql`select 1`).then(
      () => changed(null),
      error => changed(whyAway(error) ?? (error as Error).message),
    )
    clearTimeout(late)
    asking = false
  }
  const timer = setInterval(() => void look(), WATCH_MS).unref()
  return { end: () => clearInterval(timer) }
}
