/**
 * Prints the OpenAPI document of this version, without a database:
 * `node server/api-document.ts > openapi.json`; the types of the pages' client are made from it.
 */

import { buildApp } from './app.ts'
import { makeClock } from './platform/clock.ts'
import type { Database } from './platform/db/database.ts'
import { oneLane } from './platform/db/pools.ts'
import { makeLive } from './platform/http/live.ts'
import { openApiDocument } from './platform/http/openapi.ts'
import { makeKeyring } from './platform/secrets/keyring.ts'

/** Nothing is asked while routes are put together. */
const noDatabase: Database = {
  max: 0,
  query: async () => [],
  run: async () => 0,
  tx: async () => Promise.reject(new Error('no database')),
  connect: async () => Promise.reject(new Error('no database')),
  end: async () => {},
}

export async function apiDocument(): Promise<object> {
  const silent = () => {}
  const url = 'http://localhost:8080'
  const built = await buildApp({
    lanes: oneLane(noDatabase),
    clock: makeClock(1, 0, 0),
    keys: makeKeyring([]),
    config: { url, linkUrl: url, dataFolder: '', uiFolder: null },
    live: makeLive(),
    log: { debug: silent, info: silent, warn: silent, error: silent },
  })
  const document = openApiDocument(built.app)
  await built.close()
  return document
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await apiDocument(), null, 2)}\n`)
