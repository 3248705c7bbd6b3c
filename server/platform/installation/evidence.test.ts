import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { databaseAddressOf, isFormerName } from './evidence.ts'

test.each([
  'postgres://u:p@localhost/x',
  'postgres://u:p@127.0.0.1:5432/x',
  'postgres://u:p@[::1]:5432/y',
  'postgres://u@localhost:5432/x?host=%2Frun%2Fpostgresql',
  `postgres://${hostname()}/x`,
])('%s is on this machine', url => expect(databaseAddressOf(url)).toBe('local:5432'))

test('another port or host is another place', () => {
  expect(databaseAddressOf('postgres://localhost:5433/x')).toBe('local:5433')
  expect(databaseAddressOf('postgres://DB.example/x')).toBe('db.example:5432')
})

test('an installation is known by what an older version called it', () => {
  const url = readConfig({ DATABASE_URL: 'postgres://u:p@localhost:5432/homing' })
  expect(isFormerName('127.0.0.1:5432:734:homing', 'pg:734:16384', 'homing', url)).toBe(true)
  expect(isFormerName('localhost:734:homing', 'pg:734:16384', 'homing', url)).toBe(true)
  expect(isFormerName('db:5432:734:homing', 'pg:734:16384', 'homing', url)).toBe(false)
  expect(isFormerName('localhost:5432:735:homing', 'pg:734:16384', 'homing', url)).toBe(false)
  const embedded = readConfig({ HOMING_DATA: '/tmp' })
  expect(isFormerName(`${hostname()}:/tmp`, 'pg:734:5', 'homing', embedded)).toBe(true)
  expect(isFormerName('elsewhere:/tmp', 'pg:734:5', 'homing', embedded)).toBe(false)
})
