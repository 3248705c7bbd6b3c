/** How much does a browser load before the first page is there? The entry, what it imports, its styles; pages come when they are opened. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../../test/holder.ts'
import { prepareUi } from './ui.ts'

const KB = 1000
let place: ReturnType<typeof temporaryFolder>
let dist: string
beforeAll(async () => {
  place = temporaryFolder()
  const { folder } = await prepareUi(place.path, () => {})
  if (folder === null) throw new Error('no pages to build')
  dist = folder
})
afterAll(() => place.remove())

/** The files that this one needs at once, itself among them, by their names. */
function withImports(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found
  found.add(name)
  const text = readFileSync(join(dist, 'assets', name), 'utf8')
  // Static imports only: import("./page.js") is loaded when its page is opened.
  for (const [, other = ''] of text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) withImports(other, found)
  return found
}

test('the first page is there after less than 300 KB', () => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8')
  const named = [...html.matchAll(/\/assets\/([\w.-]+\.(?:js|css))/g)].map(([, name = '']) => name)
  expect(named.filter(name => name.endsWith('.js')).length).toBeGreaterThan(0)
  const files = new Set(named.flatMap(name => (name.endsWith('.js') ? [...withImports(name)] : [name])))
  const sizes = [...files].map(name => gzipSync(readFileSync(join(dist, 'assets', name))).length)
  const sum = sizes.reduce((a, b) => a + b, 0)
  expect(sum).toBeGreaterThan(50 * KB)
  expect(sum).toBeLessThan(300 * KB)
})

test('every script and style lies there compressed too', () => {
  const names = readdirSync(join(dist, 'assets'))
  const files = names.filter(name => /\.(js|css)$/.test(name))
  expect(files.length).toBeGreaterThan(10)
  for (const name of files) {
    const bytes = readFileSync(join(dist, 'assets', name))
    expect(gunzipSync(readFileSync(join(dist, 'assets', `${name}.gz`))).equals(bytes)).toBe(true)
    expect(brotliDecompressSync(readFileSync(join(dist, 'assets', `${name}.br`))).equals(bytes)).toBe(true)
  }
})
