/** `node ui-build.ts WEB OUT`: one production build of the pages, for ui.ts. Nothing is written outside of OUT. */
import { build } from 'vite'

const [root, outDir] = process.argv.slice(2)
if (!root || !outDir) throw new Error('usage: ui-build.ts WEB OUT')

// For production whatever the environment says: else a test or a shell with NODE_ENV set leaves React's slow build behind.
process.env.NODE_ENV = 'production'
// 'native': the config is imported as it is; the default writes a bundled copy of it into node_modules.
await build({ root, configLoader: 'native', logLevel: 'warn', build: { outDir, emptyOutDir: true } })
