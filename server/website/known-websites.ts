/**
 * All websites, in the memory of the web process: page views, clicks and calls of servers need no query. A change holds within five seconds; a
 * key that nobody knows yet makes it read again at once, at most once per second.
 */

import type { CountryCode } from 'libphonenumber-js/max'
import { monotonicMs } from '../platform/clock.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Keyring } from '../platform/secrets/keyring.ts'
import { aboutSecret, type ConsentMode, hashOfKey } from './websites.ts'

const refreshMs = 5_000
const againMs = 1_000

export interface KnownWebsite {
  id: number
  workspaceId: number
  publicKey: string
  hosts: readonly string[]
  consent: ConsentMode
  queryKeys: readonly string[]
  hashRoutes: boolean
  country: CountryCode
  /** undefined: its key is not here */
  signingSecret: string | undefined
}

export interface KnownWebsites {
  byPublicKey(key: string): KnownWebsite | undefined
  /** undefined: no key, or one that was revoked. Rejects where the database does not answer and the key is not known. */
  byServerKey(key: string): Promise<KnownWebsite | undefined>
  ofHost(workspaceId: number, host: string): KnownWebsite | undefined
  /** Reads them again. Rejects where the database does not answer; the known ones stay. */
  load(): Promise<void>
  stop(): void
}

interface Row extends Omit<KnownWebsite, 'signingSecret'> {
  sealed: string
  keyHashes: string[]
}

export function makeKnownWebsites(db: Db, keys: Keyring): KnownWebsites {
  let byPublic = new Map<string, KnownWebsite>()
  let byHash = new Map<string, KnownWebsite>()
  let byHost = new Map<string, KnownWebsite>()
  let readMs = Number.NEGATIVE_INFINITY
  let loading: Promise<void> | undefined

  async function read(): Promise<void> {
    readMs = monotonicMs()
    const rows = await db.query<Row>(
      sql`select w.id, w.workspace_id as "workspaceId", w.public_key as "publicKey", w.hosts, w.consent, w.query_keys as "queryKeys",
          w.hash_routes as "hashRoutes", w.signing_secret as sealed, s.default_country as country,
          array(select encode(k.hash, 'hex') from website_keys k where k.website_id = w.id and k.revoked_at is null) as "keyHashes"
        from websites w join workspaces s on s.id = w.workspace_id where w.removed_at is null order by w.id`,
      'websites-known',
    )
    const [publics, hashes, hosts] = [new Map(), new Map(), new Map()]
    for (const { sealed, keyHashes, ...row } of rows) {
      const website = { ...row, signingSecret: keys.open(sealed, aboutSecret(row.workspaceId, row.id)) }
      publics.set(website.publicKey, website)
      for (const hash of keyHashes) hashes.set(hash, website)
      for (const host of website.hosts) hosts.set(`${website.workspaceId} ${host}`, website)
    }
    ;[byPublic, byHash, byHost] = [publics, hashes, hosts]
  }

  const load = () => {
    loading ??= read().finally(() => {
      loading = undefined
    })
    return loading
  }
  const timer = setInterval(() => void load().catch(() => {}), refreshMs).unref()

  return {
    byPublicKey: key => byPublic.get(key),
    async byServerKey(key) {
      if (!/^hw_[\w-]{43}$/.test(key)) return undefined
      const hash = hashOfKey(key).toString('hex')
      if (!byHash.has(hash) && monotonicMs() - readMs > againMs) await load()
      return byHash.get(hash)
    },
    ofHost: (workspaceId, host) => byHost.get(`${workspaceId} ${host}`),
    load,
    stop: () => clearInterval(timer),
  }
}
