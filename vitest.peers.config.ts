import { defineConfig } from 'vitest/config'

/** Programs of others that are no npm packages open what we write. Apart from `npm test`: `npm run test:peers`. */
export default defineConfig({
  test: {
    include: ['test/peers/*.peers.ts'],
    globalSetup: ['test/postgres.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 1,
  },
})
