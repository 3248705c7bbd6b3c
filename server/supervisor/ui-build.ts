/**
 * `node ui-build.ts WEB OUT`: one production build of the pages, for ui.ts. Nothing is written outside of OUT. Beside each file that
 * a browser loads lies the same compressed (.br, .gz), so that no request has to wait for it: a page is a third as long on the line.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { build } from 'vite'

const [root, outDir] = process.argv.slice(2)
if (!root || !outDir) throw new Error('usage: ui-build.ts WEB OUT')

// Pages in the clone hold nothing of anybody, and whoever else runs this clone reads them.
if (outDir.startsWith(root)) process.umask(0o022)
// For production whatever the environment says: else a test or a shell with NODE_ENV set leaves React's slow build behind.
process.env.NODE_ENV = 'production'
// 'native': the config is imported as it is; the default writes a bundled copy of it into node_modules.
await build({ root, configLoader: 'native', logLevel: 'warn', build: { outDir, emptyOutDir: true } })
await compressAll(join(outDir, 'assets'))

async function compressAll(folder: string): Promise<void> {
  const names = readdirSync(folder).filter(name => /\.(js|css|svg)$/.test(name))
  await Promise.all(
    names.map(async name => {
      const file = join(folder, name)
      const bytes = readFileSync(file)
      writeFileSync(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
      writeFileSync(`${file}.br`, await promisify(brotliCompress)(bytes))
    }),
  )
}
