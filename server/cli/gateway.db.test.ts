/** The verbs that set up, as a person calls them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { testKeys } from '../../test/keys.ts'
import { createWorkspace } from '../access/workspaces.ts'
import { addGateway } from '../gateways/gateways.ts'
import { openSecrets, type StoredSecrets } from '../gateways/secrets.ts'
import { sql } from '../platform/db/sql.ts'
import { commandLine } from './command-line.fixture.ts'

const line = commandLine('gateway')
const { folder, data, homing } = line

const now = new Date('2026-11-28T12:00:00Z')
beforeAll(async () => {
  const { id: workspaceId } = await createWorkspace(line.db, { name: 'Shop', owner: null, actor: 'test' }, now)
  const address = { kind: 'smpp', settings: { host: 'smsc.example', port: 2775, systemId: 'acct', password: 'stored' } }
  await addGateway(line.db, testKeys, { ...address, workspaceId, name: 'Operator', actor: 'test' }, now)
})

const gateway = async () => {
  const [row] = await line.db.query<StoredSecrets & { host: string }>(
    sql`select id, workspace_id as "workspaceId", settings ->> 'host' as host, secret, simulator from gateways where name = 'Operator'`,
  )
  return { host: row?.host, password: openSecrets(row!, testKeys)?.password }
}

describe('a gateway is changed by an address without a password', () => {
  const change = (url: string) => homing('gateway', 'change', 'Operator', '--workspace', 'Shop', '--url', url)

  test('which keeps the stored one for the same host, port and user', async () => {
    expect(await change('smpp://acct@smsc.example:2775')).toMatchObject({ code: 0, err: '' })
    expect(await gateway()).toEqual({ host: 'smsc.example', password: 'stored' })
  })

  test('and is refused for another host, port or user', async () => {
    for (const url of ['smpp://acct@other.example', 'smpp://acct@smsc.example:2776', 'smpp://other@smsc.example'])
      expect(await change(url)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('password') })
    expect(await gateway()).toEqual({ host: 'smsc.example', password: 'stored' })
  })
})

test('a password is refused as an argument, without repeating it, and taken from a file', async () => {
  for (const words of [
    ['gateway', 'add', 'smpp://acct:geheim12@smsc.example', '--workspace', 'Shop', '--name', 'New'],
    ['gateway', 'change', 'Operator', '--workspace', 'Shop', '--url', 'smpp://acct:geheim12@smsc.example'],
  ]) {
    const { code, out, err } = await homing(...words)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/must not be an argument.*--password-file/)
    expect(err).not.toContain('geheim12')
  }
  const file = join(folder, 'password')
  writeFileSync(file, 'from a file\n')
  const changed = await homing('gateway', 'change', 'Operator', '--workspace', 'Shop', '--password-file', file)
  expect(changed).toMatchObject({ code: 0, err: '' })
  expect(changed.out).not.toContain('from a file')
  expect((await gateway()).password).toBe('from a file')
})

test('what is wrong with the verb, a name or a number is said in words that can be followed', async () => {
  const [{ id: workspaceId } = { id: 0 }] = await line.db.query<{ id: number }>(sql`select id from workspaces`)
  const simulator = {
    kind: 'smpp',
    settings: { host: '127.0.0.1', port: 2999, systemId: 'homing', password: 'homing' },
    simulator: true,
  }
  await addGateway(line.db, testKeys, { ...simulator, workspaceId, name: 'Simulator', actor: 'test' }, now)
  const of = ['--workspace', 'Shop']
  const wrong: [string[], RegExp][] = [
    [
      ['gateway'],
      /^Say what to do: add, list, kinds, change, pause, resume, remove\. Usage: .*gateway change.*gateway resume/,
    ],
    [['gateway', 'chnage', 'Operator'], /^Say what to do: add, list, kinds, change, pause, resume, remove\./],
    [['gateway', 'add'], /^The address of the gateway is missing, or its --kind/],
    [['gateway', 'change', 'Operator', ...of, '--rate', '-1'], /^rate: must be a whole number from 0/],
    [['gateway', 'change', 'Operator', ...of, '--rate', '--json'], /^--rate needs a value\./],
    [['gateway', 'resume', 'Nope', ...of], /has no gateway "Nope"\. Its gateways are: Operator, Simulator\./],
    [
      ['gateway', 'change', 'Simulator', ...of, '--url', 'smpp://u@smsc.example'],
      /^Homing sets the address of the built-in simulator at its start\. Add another gateway/,
    ],
  ]
  const said = await Promise.all(wrong.map(([words]) => homing(...words)))
  for (const [i, { code, out, err }] of said.entries()) {
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(wrong[i]![1])
  }
  expect((await homing('gateway', 'list')).out).toMatch(/smsc\.example:2775\tidle\t0 of 1 sessions\n/)
  expect((await homing('unmatched')).out).toBe('Nothing is unmatched.\n')
  expect((await homing('unmatched', '--retry')).out).toMatch(/^Nothing is set aside or given up\./)
  const words = ['gateway', 'add', 'smpp://mine@127.0.0.1', ...of, '--name', 'Mine']
  expect((await homing(...words)).out).toBe('Added gateway "Mine" (test gateway: it runs on this machine).\n')
})

test('the settings of a kind are flags, and are listed', async () => {
  const of = ['--workspace', 'Shop']
  const add = ['gateway', 'add', '--kind', 'smpp', ...of, '--name', 'By flags', '--host', 'flags.example']
  expect(await homing(...add)).toMatchObject({ code: 1, err: expect.stringMatching(/^settings\.systemId: is missing/) })
  expect(await homing(...add, '--system-id', 'u', '--port', 'x')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^settings\.port: must be integer/),
  })
  expect(await homing(...add, '--system-id', 'u')).toMatchObject({ code: 0, err: '' })
  expect(await homing('gateway', 'change', 'By flags', ...of, '--port', '2776')).toMatchObject({ code: 0, err: '' })
  expect((await homing('gateway', 'list')).out).toMatch(/By flags\tflags\.example:2776\tidle/)
  expect((await homing('gateway', 'kinds')).out).toMatch(
    /^smpp\tSMPP\tsmpp:\/\/USER:PASSWORD@HOST:PORT\n {2}--host\tHost\n {2}--port\tPort\n.*\n {2}--password-file/,
  )
})

test('a workspace that is not there is not made by an import, nor by a gateway', async () => {
  const list = join(folder, 'list.csv')
  writeFileSync(list, 'Mobil,SMS\n+46701740605,yes\n')
  const verbs = [
    ['import', list, '--workspace', 'Shpo', '--map', 'phone=Mobil,sms_consent=SMS'],
    ['gateway', 'add', 'smpp://other@smsc.example', '--workspace', 'Shpo', '--name', 'Other'],
  ]
  for (const words of verbs)
    expect(await homing(...words)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('There is no workspace "Shpo". Correct the name'),
    })
  expect(await line.db.query(sql`select name from workspaces`)).toEqual([{ name: 'Shop' }])
})

test('a sign-in link leads to the address at which the running start answers', async () => {
  const note = { id: 'x', host: 'here', pid: 1, since: '', url: 'http://localhost:8231', count: 0, over: false }
  const link = async () => new URL((await homing('sign-in-link')).out).origin
  writeFileSync(join(data, 'start.json'), JSON.stringify(note))
  expect(await link()).toBe('http://localhost:8231')
  writeFileSync(join(data, 'start.json'), JSON.stringify({ ...note, over: true }))
  expect(await link()).toBe('http://localhost:8080')
})

test('a gateway is paused, resumed, and removed only after --yes', async () => {
  const of = ['--workspace', 'Shop']
  await homing('gateway', 'add', 'smpp://gone@gone.example', ...of, '--name', 'Gone')
  expect((await homing('gateway', 'pause', 'Gone', ...of)).out).toMatch(
    /^The gateway "Gone" is paused: nothing more is sent/,
  )
  expect((await homing('gateway', 'list')).out).toMatch(/Gone\tgone\.example:2775\tpaused, idle/)
  expect((await homing('gateway', 'resume', 'Gone', ...of)).out).toBe('The gateway "Gone" sends again.\n')
  expect(await homing('gateway', 'remove', 'Gone', ...of)).toMatchObject({
    code: 1,
    err: expect.stringMatching(
      /^Say --yes to remove the gateway "Gone"\. Its secrets are deleted\. Reports keep its name\./,
    ),
  })
  expect(await homing('gateway', 'remove', 'Gone', ...of, '--yes')).toMatchObject({
    code: 0,
    out: 'The gateway "Gone" is removed.\n',
  })
  expect((await homing('gateway', 'list')).out).not.toContain('Gone')
  // The name is free again.
  expect((await homing('gateway', 'add', 'smpp://gone@gone.example', ...of, '--name', 'Gone')).code).toBe(0)
})
