import { defineConfig } from 'vitest/config'
import { seededFastCheck, seedOfRun } from './test/seed.ts'

/** On a cluster, with DATABASE_URL of its coordinator. Apart from `npm test`: `npm run test:citus`. Each file has a database of its own there. */
export default defineConfig({
  plugins: [seededFastCheck],
  test: {
    env: { HOMING_TEST_SEED: seedOfRun() },
    include: [
      'test/cluster.citus.ts',
      'server/suppression/opt-out.db.test.ts',
      'server/report/report.db.test.ts',
      // Not yet: decision 15 says what is refused.
      'test/ring.db.test.ts',
    ],
    globalSetup: ['test/cluster.ts'],
    setupFiles: ['test/statements/check-rows.ts'],
    testTimeout: 900_000,
    hookTimeout: 900_000,
    maxWorkers: 1,
  },
})
