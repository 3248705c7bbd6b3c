/**
 * Run by `npm pack`, before (`make`) and after it (`clear`): a release holds the built pages and the pinned packages, so that
 * `npm ci --omit=dev && npm start` in it builds nothing. npm never packs package-lock.json, but the same document as npm-shrinkwrap.json.
 */
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { problem } from '../../core/problems.ts'
import { prepareUi } from './ui.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const shrinkwrap = join(root, 'npm-shrinkwrap.json')

if (process.argv[2] === 'clear') rmSync(shrinkwrap, { force: true })
else {
  const { folder } = await prepareUi(join(root, 'data'), sentence => console.error(sentence))
  const shipped = join(root, 'web', 'dist')
  if (folder !== shipped) throw problem('ui_build_failed', { what: `a release needs the pages in ${shipped}` })
  copyFileSync(join(root, 'package-lock.json'), shrinkwrap)
}
