/**
 * What a whole ring leaves on the disk is read by nobody else, and what goes wrong on the way leaves no person in a log. Real processes on
 * a data folder with its own PostgreSQL, begun with the rights that a shell gives (umask 022), on what an older version left open.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { simulatorLogin } from '../server/gateways/simulator/login.ts'
import { isRoot } from './holder.ts'
import {
  type Child,
  countsOf,
  freePort,
  homing,
  homingJson,
  killAll,
  startProcess,
  temporaryFolder,
  until,
} from './processes.ts'

const canaries = ['Quillfeather', '701740605', 'quill@private.example', 'p4ssw0rd-77']
const [name, digits, email, secret] = canaries as [string, string, string, string]

/** As an earlier version let PostgreSQL write it. */
const oldLog = `2026-11-01 12:00:00.000 UTC [1]  LOG:  database system is ready
2026-11-01 12:00:01.000 UTC [2] homing/web ERROR:  invalid input syntax for type bigint: "${name}"
2026-11-01 12:00:01.000 UTC [2] homing/web DETAIL:  Key (email)=(${email}) already exists.
2026-11-01 12:00:01.000 UTC [2] homing/web STATEMENT:  select
\t'${name}'
`

let place: ReturnType<typeof temporaryFolder>
let data: string
let env: Record<string, string>
let said = ''

beforeAll(async () => {
  process.umask(0o022)
  place = temporaryFolder('private')
  chmodSync(place.path, 0o755)
  data = join(place.path, 'data')
  for (const folder of ['', 'simulator', 'imports', 'spool']) mkdirSync(join(data, folder), { recursive: true })
  for (const file of ['homing.json', 'simulator/simulator.journal', 'imports/7-rejected.csv', 'start.json'])
    writeFileSync(join(data, file), '{}\n')
  writeFileSync(join(data, 'postgres.log'), oldLog, { mode: 0o644 })
  const port = await freePort()
  env = {
    HOMING_DATA: data,
    HOMING_PORT: String(port),
    HOMING_LINK_URL: `http://127.0.0.1:${port}`,
    HOMING_LOG: 'debug',
    HOMING_GATEWAY_PASSWORD: simulatorLogin.password,
  }
  const web = await startProcess(['web'], env)
  const simulatorPort = String(await freePort())
  const processes = await Promise.all([
    web,
    startProcess(['worker'], env),
    startProcess(['simulator', '--port', simulatorPort], env),
  ])
  await ring(processes[2])
  await provoke(port)
  for (const one of processes) said += one.log()
}, 300_000)
afterAll(async () => {
  await killAll()
  const pid = Number(readFileSync(join(data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
  process.kill(pid, 'SIGINT')
  await until('PostgreSQL has stopped', () => !existsSync(join(data, 'postgres', 'postmaster.pid')))
  place.remove()
})

async function ring(simulator: Child): Promise<void> {
  const list = join(place.path, 'list.csv')
  writeFileSync(list, `n,m,e,c,p\n${name},0${digits},${email},yes,1\n${name},0${digits},${email},yes,n/a ${name}\n`)
  writeFileSync(join(place.path, 'text.txt'), 'Hi ##first_name##, https://example.com/a STOP to end ##unsubscribe##')
  const verb = async (...words: string[]) => {
    const { code, err } = await homing(words, env)
    if (code !== 0) throw new Error(`${words.join(' ')}: ${err}`)
    said += err
  }
  await verb('workspace', 'create', 'W')
  const rejected = join(place.path, 'rejected.csv')
  await verb(
    'import',
    list,
    '--workspace',
    'W',
    '--country',
    'SE',
    '--map',
    'first_name=n,phone=m,email=e,sms_consent=c,attr.points:number=p',
    '--rejected',
    rejected,
  )
  await verb(
    'gateway',
    'add',
    `smpp://${simulatorLogin.systemId}@127.0.0.1:${simulator.info.port}`,
    '--workspace',
    'W',
    '--name',
    'G',
  )
  const text = join(place.path, 'text.txt')
  const words = [
    '--workspace',
    'W',
    '--gateway',
    'G',
    '--topic',
    'Offers',
    '--sender',
    'Acme',
    '--name',
    'A',
    '--text-file',
    text,
  ]
  await verb('send', ...words)
  await verb('export', '1', 'sent', '--out', join(place.path, 'sent.csv'))
  await verb('known', '1', '--out', join(place.path, 'known.json'))
}

/** Errors of many kinds, each with something of a person in it. */
async function provoke(port: number): Promise<void> {
  const words = ['api-key', 'create', '--workspace', 'W', '--name', 'K', '--role', 'editor']
  const { key } = await homingJson<{ key: string }>(words, env)
  const call = (path: string, body: string, type: string) =>
    fetch(`http://127.0.0.1:${port}/api/v1/workspaces/1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': type },
      body,
    }).then(response => response.text())
  await call('profiles', `{"profiles":[{"phone":"${digits}" ${name}`, 'application/json')
  await call(
    'profiles',
    JSON.stringify({ profiles: [{ phone: `${digits}\0`, firstName: `${name}\0` }] }),
    'application/json',
  )
  await fetch(`http://127.0.0.1:${port}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: secret }),
  })
  await call('imports', `--x\r\n${name}`, 'multipart/form-data; boundary=x')
  await new Promise<void>(resolve => {
    const cut = request({
      port,
      method: 'POST',
      path: '/api/v1/workspaces/1/imports',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': 9999,
      },
    })
    cut.on('error', () => {})
    cut.once('response', response => response.on('error', () => {}).resume())
    cut.once('close', () => resolve())
    cut.write(`--x\r\nContent-Disposition: form-data; name="file"; filename="${name}.csv"\r\n\r\n${email}`)
    setImmediate(() => setTimeout(() => cut.destroy(), 50))
  })
  said += (await homing(['import', join(place.path, 'no such file'), '--workspace', 'W', '--country', 'SE'], env)).err
  const client = new pg.Client({ connectionString: `postgres://homing@localhost/homing?host=${join(data, 'socket')}` })
  await client.connect()
  await client.query('create temp table people (phone text primary key, n bigint)')
  await client.query('insert into people values ($1)', [digits])
  for (const [statement, values] of [
    ['insert into people values ($1)', [digits]],
    ['select $1::text::bigint', [name]],
    ['select ($1::jsonb)', [`{"${email}`]],
    [`do $$ begin raise exception 'for %', '${name}' using detail = '${email}'; end $$`, []],
    [`do $$ begin raise warning 'for %', '${name}'; end $$`, []],
    [`select '${secret}'::date`, []],
    [`selec '${name}'`, []],
  ] as const)
    await client.query(statement, [...values]).catch(() => {})
  await client.end()
}

function open(folder: string): string[] {
  return [folder, ...readdirSync(folder, { recursive: true }).map(one => join(folder, String(one)))].filter(path => {
    const found = lstatSync(path, { throwIfNoEntry: false })
    return found !== undefined && !found.isSymbolicLink() && (found.mode & 0o077) !== 0
  })
}

test('no file of the data folder is for group or others; its own group may pass where PostgreSQL has an account of its own', () => {
  expect(existsSync(join(data, 'simulator', 'simulator.journal'))).toBe(true)
  expect(open(data)).toEqual(isRoot ? [data] : [])
  expect(lstatSync(data).mode & 0o777).toBe(isRoot ? 0o710 : 0o700)
})

test('what verbs write elsewhere is for nobody else either', () => {
  for (const file of ['rejected.csv', 'sent.csv', 'known.json'])
    expect(lstatSync(join(place.path, file)).mode & 0o777, file).toBe(0o600)
})

test.runIf(isRoot)('another account reads nothing of it', () => {
  const stranger = { uid: 54_321, gid: 54_321, encoding: 'utf8' } as const
  const ask = (command: string) => spawnSync('/bin/sh', ['-c', command], { ...stranger, cwd: '/' })
  expect(ask(`ls ${place.path}`).status).toBe(0)
  expect(ask(`ls ${data}`)).toMatchObject({ stdout: '' })
  for (const file of ['data/simulator/simulator.journal', 'data/postgres.log', 'sent.csv', 'rejected.csv'])
    expect(ask(`cat ${join(place.path, file)}`), file).toMatchObject({ stdout: '', status: 1 })
})

test('no log names a person or a secret, whatever went wrong', async () => {
  await until('the simulator has taken an SMS', () => (countsOf(join(data, 'simulator'))?.accepted ?? 0) > 0)
  const logs = { said, postgres: readFileSync(join(data, 'postgres.log'), 'utf8') }
  expect(logs.said).toContain('"msg"')
  for (const [log, text] of Object.entries(logs))
    for (const canary of canaries)
      expect(
        text.split('\n').filter(line => line.includes(canary)),
        log,
      ).toEqual([])
  expect(logs.postgres).toContain('LOG:  database system is ready')
  expect(logs.postgres).not.toMatch(/ERROR|DETAIL|STATEMENT|CONTEXT/)
  expect(said.split('\n').filter(line => line.includes('"level":"error"'))).toEqual([])
})
