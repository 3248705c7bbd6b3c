/** What a test gets that imports `fast-check`: the same, with the seed of the run (seed.ts). */
import { configureGlobal } from 'fast-check'

configureGlobal({ seed: Number(process.env.HOMING_TEST_SEED) })

export * from 'fast-check'
export { default } from 'fast-check'
