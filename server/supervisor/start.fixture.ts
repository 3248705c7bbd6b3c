/**
 * For tests: `node start.fixture.ts start` is a supervisor with two small children, `node start.fixture.ts child NAME` one of them.
 * Settings come from the environment as always. A child leaves its pid in <data>/NAME.pid, and <data>/NAME.stopped with the reason when
 * it stops cleanly. FIXTURE_DIES=NAME makes that child die at once, also later while <data>/NAME.dies is there; FIXTURE_HANGS=NAME hang when
 * it has to stop. A child waits for a database that is away.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { Problem } from '../../core/problems.ts'
import { readConfig } from '../platform/config.ts'
import { untilDone } from '../platform/db/database-away.ts'
import { createLog } from '../platform/log.ts'
import { runAsChild } from './child.ts'
import { start } from './start.ts'

const [verb, name = ''] = process.argv.slice(2)
const config = readConfig(process.env)

if (verb === 'child') {
  if (process.env.FIXTURE_DIES === name || existsSync(join(config.data, `${name}.dies`))) process.exit(3)
  await runAsChild(async ({ stopping, waits }) => {
    const client = await untilDone(
      async () => {
        const client = new pg.Client({
          connectionString: config.connectionString ?? '',
          application_name: `homing/${name}`,
        })
        client.on('error', () => {})
        await client.connect()
        return client
      },
      { signal: stopping, notice: waits },
    )
    writeFileSync(join(config.data, `${name}.pid`), String(process.pid))
    return {
      ready: { pid: process.pid },
      stop: async reason => {
        if (process.env.FIXTURE_HANGS === name) await new Promise(resolve => setTimeout(resolve, 3_600_000))
        await client.end()
        writeFileSync(join(config.data, `${name}.stopped`), reason)
      },
    }
  })
} else {
  const script = import.meta.filename
  try {
    await start({
      config,
      log: createLog({ part: 'start' }),
      hooks: { signInLink: async ({ url }) => `${url}/sign-in-link/x` },
      pages: async () => ({ folder: null, built: false }),
      children: () => ['one', 'two'].map((child, stage) => ({ name: child, command: [script, 'child', child], stage })),
    })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    process.stderr.write(`${error.code}: ${error.message}\n`)
    process.exitCode = 1
  }
}
