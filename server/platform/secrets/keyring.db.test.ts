import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ownDatabase } from '../../../test/database.ts'
import { temporaryFolder } from '../../../test/processes.ts'
import { sql } from '../db/sql.ts'
import { openKeyring, rotateKey } from './keyring.ts'
import { keyFromText, open, randomKey, seal, textOfKey } from './sealed-secret.ts'

const db = await ownDatabase({ installedAt: new Date('2026-11-28T12:00:00Z') })
let place: ReturnType<typeof temporaryFolder>
const config = (more: object = {}) => ({
  secretKey: null,
  secretKeyFile: null,
  data: join(place.path, 'data'),
  ...more,
})
const file = () => join(place.path, 'data', 'secret.key')
const inUse = async () => (await db.query<{ id: string | null }>(sql`select secret_key as id from installation`))[0]?.id
beforeEach(async () => {
  place = temporaryFolder('keyring')
  await db.run(sql`update installation set secret_key = null`)
})
afterEach(() => place.remove())

test('a sealed text opens with its key, for what it was sealed for, unchanged', () => {
  const key = randomKey()
  const sealed = seal(key, 'geheim ü', 'gateway 1')
  expect(sealed).not.toContain('geheim')
  expect(seal(key, 'geheim ü', 'gateway 1')).not.toBe(sealed)
  expect(open(key, sealed, 'gateway 1')).toBe('geheim ü')
  expect(open(key, sealed, 'gateway 2')).toBeUndefined()
  expect(open(randomKey(), sealed, 'gateway 1')).toBeUndefined()
  for (const broken of [`${sealed.slice(0, -2)}AA`, sealed.slice(0, 40), 'v1:', '', sealed.replace('v1', 'v2')])
    expect(open(key, broken, 'gateway 1')).toBeUndefined()
  expect(keyFromText(textOfKey(key))).toEqual(key)
  expect(keyFromText(key.bytes.toString('hex'))).toEqual(key)
  expect(['', 'short', 'x'.repeat(44), 'g'.repeat(64)].map(keyFromText)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('the first start makes a key that its owner alone reads; many processes at once get the same', async () => {
  const rings = await Promise.all(Array.from({ length: 5 }, () => openKeyring(db, config())))
  expect(rings.map(({ fault }) => fault)).toEqual(Array(5).fill(undefined))
  expect(statSync(file()).mode & 0o777).toBe(0o600)
  const sealed = rings[0]!.seal('x', 'y')
  expect(rings.map(ring => ring.open(sealed, 'y'))).toEqual(Array(5).fill('x'))
  expect(JSON.stringify(await db.query(sql`select to_jsonb(i) as i from installation i`))).not.toContain(
    readFileSync(file(), 'utf8').trim().split('\n').at(-1),
  )
})

test('of two machines one creates the key; the other reports where to get it and creates none', async () => {
  const [one, two] = await Promise.all([
    openKeyring(db, config()),
    openKeyring(db, config({ data: join(place.path, 'second') })),
  ])
  const faults = [one.fault, two.fault].filter(fault => fault !== undefined)
  expect(faults).toHaveLength(1)
  expect(faults[0]).toMatch(/encrypted with the key [0-9a-f]{12}.*has no key.*Put that key back/)
  expect([file(), join(place.path, 'second', 'secret.key')].filter(existsSync)).toHaveLength(1)
})

test('a missing or wrong key is a fault that says what to do, until it is back; nothing is sealed meanwhile', async () => {
  const sealed = (await openKeyring(db, config())).seal('x', 'y')
  const kept = readFileSync(file())
  rmSync(file())
  const ring = await openKeyring(db, config())
  expect(ring.fault).toContain('has no key')
  expect(existsSync(file())).toBe(false)
  expect(() => ring.seal('x', 'y')).toThrow(/Put that key back.*rotate --lost/)
  expect(ring.open(sealed, 'y')).toBeUndefined()
  writeFileSync(file(), textOfKey(randomKey()))
  await ring.refresh(db)
  expect(ring.fault).toContain('has another key')
  writeFileSync(file(), kept)
  await ring.refresh(db)
  expect([ring.fault, ring.open(sealed, 'y')]).toEqual([undefined, 'x'])
})

test('a key from the environment or a file of its own wins, and is never repeated in an error', async () => {
  const [a, b] = [randomKey(), randomKey()]
  writeFileSync(join(place.path, 'k'), `# ours\n${textOfKey(a)}\n`)
  chmodSync(join(place.path, 'k'), 0o400)
  const ring = await openKeyring(db, config({ secretKeyFile: join(place.path, 'k') }))
  expect([ring.fault, await inUse()]).toEqual([undefined, a.id])
  const sealed = ring.seal('x', 'y')
  const both = await openKeyring(db, config({ secretKey: `${textOfKey(b)},${textOfKey(a)}` }))
  expect(both.open(sealed, 'y')).toBe('x')
  await expect(openKeyring(db, config({ secretKey: 'geheim' }))).rejects.toThrow(/HOMING_SECRET_KEY.*openssl rand/)
  await expect(openKeyring(db, config({ secretKey: 'geheim' }))).rejects.not.toThrow(/geheim/)
})

test('a rotation makes a new key, keeps the old one in the file, and reaches processes that run', async () => {
  const running = await openKeyring(db, config())
  const before = await inUse()
  let again: string | undefined
  const reseal = async (
    _: unknown,
    from: { open(s: string, a: string): string | undefined },
    to: { seal(s: string, a: string): string },
  ) => {
    again = to.seal(from.open(sealed, 'y') ?? '', 'y')
  }
  const sealed = running.seal('x', 'y')
  await expect(
    rotateKey(db, config(), { lost: false, reseal: async () => Promise.reject(new Error('crash')) }),
  ).rejects.toThrow('crash')
  expect(await inUse()).toBe(before)
  const rotated = await rotateKey(db, config(), { lost: false, reseal })
  expect(rotated.before).toBe(before)
  expect(await inUse()).toBe(rotated.now)
  expect(running.open(again ?? '', 'y')).toBe('x')
  const fresh = await openKeyring(db, config())
  expect([fresh.fault, fresh.open(sealed, 'y'), fresh.open(again ?? '', 'y')]).toEqual([undefined, 'x', 'x'])
})

test('a rotation without the key in use needs a word that it is lost', async () => {
  await openKeyring(db, config())
  rmSync(file())
  const nothing = { reseal: async () => {} }
  await expect(rotateKey(db, config(), { lost: false, ...nothing })).rejects.toMatchObject({ code: 'secret_key' })
  await rotateKey(db, config(), { lost: true, ...nothing })
  expect((await openKeyring(db, config())).fault).toBeUndefined()
  await expect(
    rotateKey(db, config({ secretKey: textOfKey(randomKey()) }), { lost: false, ...nothing }),
  ).rejects.toThrow(/has another key/)
})
