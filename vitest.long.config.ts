import { globSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { seededFastCheck, seedOfRun } from './test/seed.ts'

const env = { HOMING_TEST_SEED: seedOfRun('random') }
console.log(`The seed of this run: HOMING_TEST_SEED=${env.HOMING_TEST_SEED}`)

/** Those of `npm test` that draw their inputs: here with others each time. */
const drawn = globSync('{core,server,test}/**/*.test.ts').filter(path =>
  /HOMING_TEST_SEED|from 'fast-check'|any-people/.test(readFileSync(path, 'utf8')),
)

/** What takes many minutes: whole matrices of faults, thousands of races; and properties with a seed of their own. Apart from
 * `npm test`: `npm run test:long`. */
export default defineConfig({
  plugins: [seededFastCheck],
  test: {
    env,
    include: ['{core,server,test,e2e}/**/*.long.test.ts', ...drawn],
    globalSetup: ['test/postgres.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 1,
  },
})
