/** The verbs that run until they are stopped: everything, or one process of it. */
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { firstSignInLink } from '../access/links.ts'
import { type Standing, settleAlarms } from '../alarms/alarms.ts'
import { prepareDemo } from '../demo/prepare.ts'
import { simulatorListens, simulatorWords } from '../demo/simulator.ts'
import { sealPlainPasswords } from '../gateways/secrets.ts'
import { type Config, readConfig } from '../platform/config.ts'
import { type Db, openDatabase } from '../platform/db/database.ts'
import { awayInWords, untilDone, whyAway } from '../platform/db/database-away.ts'
import { sql } from '../platform/db/sql.ts'
import { readClock, setClockRate } from '../platform/installation/business-clock.ts'
import { beginInstallation, placeOf, startOf } from '../platform/installation/installation.ts'
import { createLog, type Log } from '../platform/log.ts'
import { tighten } from '../platform/private-files.ts'
import { makeReach } from '../platform/reach.ts'
import { openKeyring } from '../platform/secrets/keyring.ts'
import { type Running, runAsChild } from '../supervisor/child.ts'
import type { Trouble } from '../supervisor/children.ts'
import { portProblem } from '../supervisor/port.ts'
import { type Prepared, type StartHooks, start } from '../supervisor/start.ts'
import { optional, type Words } from './arguments.ts'
import { type CliContext, openCliContext } from './context.ts'

export const configOf = (words: Words): Config =>
  readConfig(process.env, optional({ data: words.text('data'), port: words.text('port') }))

export async function runStart(words: Words): Promise<undefined> {
  const config = configOf(words)
  const log = createLog({ part: 'start' })
  await start({ config, log, hooks: startHooks(config, log, { demo: !words.on('no-demo') }) })
}

/** What happens between the migrations and the processes. */
export function startHooks(config: Config, log: Log, { demo }: { demo: boolean }): StartHooks {
  const on = async <Result>(
    { connectionString }: Prepared,
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
    prepare: prepared =>
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
          })
        log.info({ url: prepared.url }, 'prepared')
      }),
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

export async function runWebVerb(words: Words): Promise<undefined> {
  const { runWeb } = await import('../web.ts')
  await asProcess(words, 'web', (config, connectionString, log, { keys }) =>
    runWeb({ config, connection: { connectionString }, keys, log }),
  )
}

export async function runWorkerVerb(words: Words): Promise<undefined> {
  const { runWorker } = await import('../worker.ts')
  await asProcess(words, 'worker', async (config, connectionString, log, { linkUrl, keys }) => {
    const worker = await runWorker({
      connection: { connectionString },
      dataFolder: config.data,
      place: placeOf(config),
      linkUrl,
      keys,
      reach: makeReach(config.privateGateways),
      log,
    })
    return { stop: () => worker.stop() }
  })
}

export async function runSimulatorVerb(words: Words): Promise<undefined> {
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

function numberOf(words: Words, flag: string): number | undefined {
  const text = words.text(flag)
  return text === undefined ? undefined : Number(text)
}

/** A process of its own: under the supervisor on its database, alone on the one of the settings. A database that is away is waited for. */
async function asProcess(
  words: Words,
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
  await runAsChild(({ told, waits }) => {
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
      { notice, signal: told },
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
