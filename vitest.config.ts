import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'
import { folderOfRun, temporaryOfRun } from './test/run-folder.ts'
import { seededFastCheck, seedOfRun } from './test/seed.ts'

/** HOMING_TEST_STATEMENTS: where the statements of a run are gathered for the lint over all of them.
 * NODE_COMPILE_CACHE: the processes of the tests, and those that tests start, keep what Node has compiled: a worker starts in 0.7 s instead of 1.6 s. */
const env = {
  HOMING_TEST_SEED: seedOfRun(),
  HOMING_TEST_STATEMENTS: process.env.HOMING_TEST_STATEMENTS ?? join(folderOfRun('integration'), 'statements'),
  NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'compiled'),
}
const plugins = [seededFastCheck]

/** Two files at once on two cores: with three, real processes and pages met time-outs of their own. The same in both projects, as one group.
 * The files of a worker share what it has loaded: each would load half of the server again.
 * A test of processes and pages may meet a busy machine once: it runs a second time, and the report says so. */
const together = { maxWorkers: 2, isolate: false, sequence: { groupOrder: 2 }, retry: 1 }

/** `npm test`. What takes minutes is `*.long.test.ts`: vitest.long.config.ts.
 * unit: pure, in milliseconds. Then integration (real PostgreSQL, processes, sockets) and browser (the UI in a real Chromium) side by side.
 * At the end statements: the lint over all SQL that both sent. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins,
        test: {
          name: 'unit',
          env,
          include: ['core/**/*.test.ts', 'server/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts'],
          exclude: ['**/*.db.test.ts', '**/*.alone.test.ts', '**/*.long.test.ts', '**/node_modules/**'],
          testTimeout: 60_000,
          maxWorkers: 2,
          // They leave nothing behind, and share what they load: a minute less.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        plugins,
        test: {
          name: 'integration',
          env: { ...env, TMPDIR: temporaryOfRun('integration') },
          include: ['{server,test,bench}/**/*.db.test.ts'],
          globalSetup: ['test/postgres.ts'],
          setupFiles: ['test/statements/record.ts', 'test/statements/check-rows.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          ...together,
        },
      },
      {
        plugins,
        test: {
          name: 'alone',
          env: { ...env, TMPDIR: temporaryOfRun('alone') },
          // They replace a module, which files that share what they have loaded must not see.
          include: ['test/**/*.alone.test.ts'],
          globalSetup: ['test/postgres.ts'],
          setupFiles: ['test/statements/record.ts', 'test/statements/check-rows.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          ...together,
          isolate: true,
        },
      },
      {
        test: {
          name: 'statements',
          env,
          include: ['test/statements/statements.last.ts'],
          // When the others have run.
          sequence: { groupOrder: 3 },
        },
      },
      {
        plugins,
        test: {
          name: 'browser',
          env: { ...env, TMPDIR: temporaryOfRun('browser') },
          include: ['e2e/**/*.e2e.ts'],
          globalSetup: ['test/postgres.ts'],
          setupFiles: ['test/statements/record.ts', 'test/statements/check-rows.ts'],
          testTimeout: 240_000,
          hookTimeout: 400_000,
          // A page of a busy machine gets there later, not elsewhere.
          expect: { poll: { timeout: 30_000 } },
          ...together,
        },
      },
    ],
  },
})
