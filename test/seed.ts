/**
 * The seed of a test run. `npm test` has always the same, so that each commit is judged by the same inputs; `npm run test:long`, and any
 * run with HOMING_TEST_SEED=random, draws one; HOMING_TEST_SEED=NUMBER repeats a run. A property that fails says its seed.
 *
 * Files import `fast-check` as ever: while tests are loaded, this puts test/fast-check.ts in its place. Who does not import it loads nothing.
 */
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vitest/config'

const fixed = '20261'
const seeded = fileURLToPath(new URL('fast-check.ts', import.meta.url))

/** Drawn once a run, in the process that reads the configuration; its workers get it as HOMING_TEST_SEED. */
export function seedOfRun(otherwise: 'fixed' | 'random' = 'fixed'): string {
  const given = process.env.HOMING_TEST_SEED ?? (otherwise === 'random' ? 'random' : fixed)
  if (given === 'random') return String(Math.floor(Math.random() * 0x7fff_ffff))
  if (!/^-?\d{1,10}$/.test(given)) throw new Error(`HOMING_TEST_SEED is "${given}": give a whole number, or "random"`)
  return given
}

export const seededFastCheck: Plugin = {
  name: 'seeded fast-check',
  enforce: 'pre',
  resolveId: (id, importer) => (id === 'fast-check' && importer !== seeded ? seeded : null),
}
