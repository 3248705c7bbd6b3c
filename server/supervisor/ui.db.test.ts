import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryFolder } from '../../test/holder.ts'
import { prepareUi } from './ui.ts'

let place: ReturnType<typeof temporaryFolder>
let said: string[]
beforeEach(() => {
  place = temporaryFolder()
  said = []
  mkdirSync(join(place.path, 'web'))
  mkdirSync(join(place.path, 'core'))
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(place.path, 'node_modules'))
})
afterEach(() => place.remove())

const page = (script: string) => {
  writeFileSync(join(place.path, 'web', 'index.html'), '<!doctype html><script type="module" src="/main.ts"></script>')
  writeFileSync(join(place.path, 'web', 'main.ts'), script)
}
const prepare = () => prepareUi(join(place.path, 'data'), sentence => said.push(sentence), place.path)

test('pages are built once, again when a source changed, and never where there are none', async () => {
  expect(await prepare()).toEqual({ folder: null, built: false })
  page('document.title = "one"')
  expect(await prepare()).toEqual({ folder: join(place.path, 'web', 'dist'), built: true })
  expect(readFileSync(join(place.path, 'web', 'dist', 'index.html'), 'utf8')).toContain('/assets/')
  expect(await prepare()).toMatchObject({ built: false })
  expect(said).toHaveLength(1)
  page('document.title = "two"')
  expect(await prepare()).toMatchObject({ built: true })
})

test('a release has the pages without their sources, and builds nothing', async () => {
  page('document.title = "one"')
  const { folder } = await prepare()
  rmSync(join(place.path, 'web', 'index.html'))
  rmSync(join(place.path, 'web', 'main.ts'))
  expect(await prepare()).toEqual({ folder, built: false })
  expect(said).toHaveLength(1)
})

test('two starts at once build them once', async () => {
  page('document.title = "one"')
  const both = await Promise.all([prepare(), prepare()])
  expect(both.map(({ built }) => built).sort()).toEqual([false, true])
  expect(both.map(({ folder }) => existsSync(join(folder!, '.sources')))).toEqual([true, true])
})

test('a build that was cut off is made again', async () => {
  page('document.title = "one"')
  const { folder } = await prepare()
  rmSync(join(folder!, '.sources'))
  expect(await prepare()).toMatchObject({ built: true })
  expect(existsSync(join(folder!, '.sources'))).toBe(true)
})

test('sources that cannot be built are an error that says where', async () => {
  page('import { missing } from "./nowhere.ts"; missing()')
  await expect(prepare()).rejects.toMatchObject({
    code: 'ui_build_failed',
    message: expect.stringContaining('nowhere.ts'),
  })
})
