import { createServer } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { killAll, startProcess, temporaryFolder } from '../../test/processes.ts'
import { startHooks } from '../cli/start.ts'
import { readConfig } from '../platform/config.ts'
import { openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { createLog } from '../platform/log.ts'
import { addSimulatorGateway } from './simulator-gateway.ts'

const { connectionString, drop } = await freshDatabase()
const db = openDatabase({ connection: { connectionString }, lane: 'test', max: 2 })
const folder = temporaryFolder('simulator-port')
afterAll(async () => {
  await killAll()
  await db.end()
  await drop()
  folder.remove()
})

test('a simulator whose port is taken after it was chosen listens on another, and its gateways say so', async () => {
  const now = new Date('2026-11-01T12:00:00Z')
  const [shop] = await db.query<{ id: number }>(
    sql`insert into workspaces (name, created_at) values ('Shop', ${now}) returning id`,
  )
  await addSimulatorGateway(db, shop!.id, now)
  const portOf = async () =>
    (
      await db.query<{ port: number }>(
        sql`select (settings ->> 'port')::int as port from gateways where workspace_id = ${shop!.id}`,
      )
    )[0]?.port
  const env = { HOMING_DATA: folder.path, HOMING_SIMULATOR_PORT: '' }
  const hooks = startHooks(readConfig(env), createLog({ part: 'test', level: 'silent' }), { demo: false })
  const prepared = {
    connectionString,
    databaseKind: 'url' as const,
    url: 'http://localhost:1',
    linkUrl: 'http://localhost:1',
  }
  const words = (await hooks.needsSimulator?.(prepared)) ?? []
  const chosen = await portOf()
  expect(words).toEqual(['--near', String(chosen)])
  const faster = createServer()
  await new Promise<void>(resolve => faster.listen(chosen, '127.0.0.1', resolve))
  const simulator = await startProcess(['simulator', ...words], env)
  await hooks.readied?.(prepared, 'simulator', simulator.info)
  expect(await portOf()).toBe(simulator.info.port)
  expect(simulator.info.port).not.toBe(chosen)
  expect(await simulator.stop()).toBe(0)
  await expect(startProcess(['simulator'], { ...env, HOMING_SIMULATOR_PORT: String(chosen) })).rejects.toThrow(
    `ended with 1 before it was ready: Port ${chosen} is taken by another program. End that program, or choose another port with HOMING_SIMULATOR_PORT.`,
  )
  faster.close()
})
