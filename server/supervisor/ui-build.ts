/**
 * `node ui-build.ts WEB OUT`: one production build of the pages, for ui.ts. It writes only into OUT. Each file that a browser loads is
 * also stored compressed (.br, .gz), so that no request waits for compression: a page is a third as long.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { build } from 'vite'

const [root, outDir] = process.argv.slice(2)
if (!root || !outDir) throw new Error('usage: ui-build.ts WEB OUT')

// Pages in the clone contain no personal data, and other users may run this clone.
if (outDir.startsWith(root)) process.umask(0o022)
// Production regardless of the environment: a test or shell with NODE_ENV set would build React's slow version.
process.env.NODE_ENV = 'production'
// 'native' imports the config as it is; the default would write a bundled copy into node_modules.
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
