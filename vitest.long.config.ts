import { defineConfig } from 'vitest/config'

/** What takes many minutes: whole matrices of faults, thousands of races. Apart from `npm test`: `npm run test:long`. */
export default defineConfig({
  test: {
    include: ['{core,server,test}/**/*.long.test.ts'],
    globalSetup: ['test/postgres.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
})
