import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Journal, type JournalEntry, type JournalName, readJournal, removeJournal } from './journal.ts'

const boot = '07a32fcc-1d23-4159-ab95-377c6ea193da'
const name: JournalName = { sessionId: 1, mark: 'a-mark', boot }
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function makeFolder(): { folder: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'homing-journal-'))
  folders.push(folder)
  return { folder, file: join(folder, 'session-1.written') }
}
const attempt = (profileId: number, n = 1): JournalEntry => ({ activityId: 12, profileId, n })
const read = (folder: string) => readJournal(folder, name, boot)
/** Changes what is in a file and not which file it is. */
const overwrite = (file: string, bytes: Uint8Array) => writeFileSync(file, bytes, { flag: 'r+' })

function written(windows: readonly (readonly JournalEntry[])[], maxBytes?: number) {
  const place = makeFolder()
  const journal = new Journal(place.folder, name, maxBytes)
  for (const window of windows) journal.write(window)
  return { ...place, journal }
}

test('what was written is known, and nothing else', () => {
  const { folder } = written([[attempt(1), attempt(11)], [attempt(2, 3)]])
  const { has, doubt } = read(folder)
  expect(doubt).toBeNull()
  expect([attempt(1), attempt(11), attempt(2, 3)].map(has)).toEqual([true, true, true])
  expect([attempt(111), attempt(2), attempt(2, 33), attempt(12)].map(has)).toEqual([false, false, false, false])
})

test('a journal that is cut to any length frees nothing that was written', () => {
  const all = [1, 12, 123, 1234].map(id => attempt(id))
  const { folder, file } = written(all.map(one => [one]))
  const whole = readFileSync(file)
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(file, whole.subarray(0, length))
    expect([length, all.every(read(folder).has)]).toEqual([length, true])
  }
  overwrite(file, whole)
  expect(read(folder).doubt).toBeNull()
})

test('a journal with any byte changed, added or lost frees nothing that was written', () => {
  const all = [1, 12, 123].map(id => attempt(id))
  const { folder, file } = written([all])
  const whole = readFileSync(file)
  const seen = (bytes: Uint8Array) => {
    writeFileSync(file, bytes)
    return all.every(read(folder).has)
  }
  for (let at = 0; at < whole.length; at++) {
    for (const value of [0, 0x20, 0x0a, 0x31, whole[at]! ^ 1, whole[at]! ^ 0x20]) {
      const changed = Buffer.from(whole)
      changed[at] = value
      expect([at, value, seen(changed)]).toEqual([at, value, true])
    }
    expect(seen(Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)]))).toBe(true)
    expect(seen(Buffer.concat([whole.subarray(0, at), Buffer.from('0'), whole.subarray(at)]))).toBe(true)
  }
  expect(seen(Buffer.concat([whole, Buffer.from('12 5 1\n')]))).toBe(true)
})

test('a journal of another boot, another session or another installation, and a copy of the right one, frees nothing', () => {
  const { folder, file } = written([[attempt(1)]])
  const doubt = (of: Partial<JournalName>, now: string | null = boot) => {
    const { has, doubt } = readJournal(folder, { ...name, ...of }, now)
    return [has(attempt(99)), doubt]
  }
  expect(doubt({}, 'bb7d6ec5-9f8f-4a4c-9f0e-2f1d4b1f7f11')).toEqual([true, 'other_boot'])
  expect(doubt({ boot: null })).toEqual([true, 'other_boot'])
  expect(doubt({}, null)).toEqual([true, 'other_boot'])
  expect(doubt({ mark: null })).toEqual([true, 'other_boot'])
  expect(doubt({ mark: 'of another database' })).toEqual([true, 'other_journal'])
  expect(doubt({ sessionId: 2 })).toEqual([true, 'no_journal'])
  copyFileSync(file, `${file}.copy`)
  renameSync(`${file}.copy`, file)
  expect(doubt({})).toEqual([true, 'other_journal'])
  removeJournal(folder, 1)
  expect(doubt({})).toEqual([true, 'no_journal'])
})

test('what is unanswered stays when the file is made small, and what is answered goes', () => {
  const { folder, journal } = written([Array.from({ length: 100 }, (_, id) => attempt(id))], 500)
  journal.compact([attempt(7), attempt(70)])
  journal.write([attempt(1000)])
  const { has, doubt } = read(folder)
  expect(doubt).toBeNull()
  expect([7, 70, 1000, 8, 99].map(id => has(attempt(id)))).toEqual([true, true, true, false, false])
  expect(readdirSync(folder)).toEqual(['session-1.written'])
})

test('where the file cannot be made small, the journal continues as it is', () => {
  const { folder, journal } = written([Array.from({ length: 100 }, (_, id) => attempt(id))], 500)
  rmSync(join(folder, 'session-1.written.next'), { force: true })
  // A folder of that name: the next file cannot be opened.
  execFileSync('mkdir', [join(folder, 'session-1.written.next')])
  journal.compact([])
  journal.write([attempt(1000)])
  expect([0, 99, 1000, 1001].map(id => read(folder).has(attempt(id)))).toEqual([true, true, true, false])
})

for (const [what, maxBytes] of [
  ['a disk that fills up', 4_194_304],
  ['a disk that fills up while the file is made small', 2048],
] as const)
  test.skipIf(process.platform === 'win32')(
    `${what}: what may have gone to the socket is known, what was refused is free`,
    () => {
      const { folder } = makeFolder()
      const command = 'ulimit -f 10; exec "$@"'
      const fixture = join(import.meta.dirname, 'journal.fixture.ts')
      const words = [process.execPath, fixture, folder, 'a-mark', boot, String(maxBytes)]
      const said = execFileSync('sh', ['-c', command, 'sh', ...words], { encoding: 'utf8' })
      const { passed, refused } = JSON.parse(said) as { passed: JournalEntry[]; refused: number }
      expect(refused).toBeGreaterThan(10)
      expect(passed.length).toBeGreaterThan(100)
      const { has, doubt } = read(folder)
      expect(passed.filter(one => !has(one))).toEqual([])
      expect([doubt, has(attempt(19_901))]).toEqual([null, false])
    },
  )
