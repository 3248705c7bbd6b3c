/** For tests: the whole web process on a database of its own, called without a socket, with somebody signed in. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { testKeys } from '../../test/keys.ts'
import { type AppDeps, type BuiltApp, buildApp } from '../app.ts'
import { makeClock } from '../platform/clock.ts'
import { type Database, openDatabase } from '../platform/db/database.ts'
import { oneLane } from '../platform/db/pools.ts'
import type { WebConfig } from '../platform/http/http-server.ts'
import { makeLive } from '../platform/http/live.ts'
import { ensureInstallation } from '../platform/installation/installation.ts'
import { invite } from './invitations.ts'
import { createApiKey } from './keys.ts'
import { firstSignInLink, signInLink } from './links.ts'
import type { Role } from './roles.ts'
import { createWorkspace } from './workspaces.ts'

export interface HttpAnswer {
  status: number
  /** the parsed body; the text if it is not JSON */
  body: unknown
  headers: Record<string, string | string[] | number | undefined>
}

/** Business time in these tests begins here. */
export const start = new Date('2026-03-02T09:00:00Z')
export const url = 'http://localhost:8080'

export interface TestApp {
  db: Database
  deps: AppDeps
  built: BuiltApp
  call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT' | 'HEAD',
    path: string,
    options?: CallOptions,
  ): Promise<HttpAnswer>
  /** A workspace and a key for it. */
  workspace(name: string, role?: Exclude<Role, 'owner'>): Promise<{ id: number; key: string; base: string }>
  /** The cookie of a person who opened a sign-in link or an invitation and pressed its button; '' if the link is not valid. */
  cookieOf(link: string): Promise<string>
  /** A session of a person who joined the workspace by an invitation. */
  member(workspaceId: number, role: Exclude<Role, 'owner'>, email?: string): Promise<{ cookie: string; userId: string }>
  ownerCookie(): Promise<string>
  /** The server errors in the log. */
  faults: unknown[]
}

export interface CallOptions {
  key?: string
  cookie?: string
  body?: unknown
  headers?: Record<string, string>
  /** the address that it comes from */
  from?: string
}

/** Set up before the tests of a file, dropped after them. */
export function testApp(config: Partial<WebConfig> = {}): TestApp {
  const made: Partial<TestApp> = {}
  // The user who runs the tests decides: root could write anywhere, and others nowhere.
  const dataFolder = mkdtempSync(join(tmpdir(), 'homing-app-'))
  beforeAll(async () => void Object.assign(made, await makeTestApp(config)))
  afterAll(async () => {
    await made.built?.close()
    await made.db?.end()
    await drop?.()
    rmSync(dataFolder, { recursive: true, force: true })
  })
  let drop: (() => Promise<void>) | undefined

  async function makeTestApp(given: Partial<WebConfig>): Promise<TestApp> {
    const database = await freshDatabase()
    drop = database.drop
    const db = openDatabase({ connection: database.connection, lane: 'web' })
    await ensureInstallation(db, { identity: 'test', now: new Date() })
    const faults: unknown[] = []
    const log = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (...fault: unknown[]) => void faults.push(fault),
    }
    const deps: AppDeps = {
      lanes: oneLane(db),
      clock: makeClock(1, Date.now(), start.getTime()),
      keys: testKeys,
      config: { url, linkUrl: url, dataFolder, uiFolder: null, ...given },
      live: makeLive(),
      log,
    }
    const built = await buildApp(deps)
    const call: TestApp['call'] = async (
      method,
      path,
      { key, cookie, body, headers = {}, from = '127.0.0.1' } = {},
    ) => {
      const request: InjectOptions = {
        method,
        url: path,
        remoteAddress: from,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(cookie === undefined ? {} : { cookie }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: body as object }),
      }
      const response = await built.app.inject(request)
      return { status: response.statusCode, body: parsed(response.body), headers: response.headers }
    }
    let opened = 0
    const cookieOf = async (link: string) => {
      // Each from its own address: attempts are limited by address.
      opened++
      const { headers } = await call('POST', new URL(link).pathname, { from: `10.0.${opened >> 8}.${opened & 255}` })
      const cookies = [headers['set-cookie']].flat().map(cookie => String(cookie ?? '').split(';')[0])
      return cookies.join('; ')
    }
    return {
      db,
      deps,
      built,
      call,
      faults,
      cookieOf,
      async member(workspaceId, role, email = `${role}-${++opened}@example.com`) {
        const { link } = await invite(db, url, { workspaceId, email, role, actor: 'command line' }, start)
        const cookie = await cookieOf(link)
        const { body } = await call('GET', '/api/v1/me', { cookie })
        return { cookie, userId: (body as { user: { id: string } }).user.id }
      },
      ownerCookie: async () => cookieOf((await firstSignInLink(db, url)) ?? (await signInLink(db, url))),
      async workspace(name, role = 'admin') {
        const { id } = await createWorkspace(db, { name, owner: null, actor: 'test' }, start)
        const { key } = await createApiKey(db, { workspaceId: id, name: 'test', role, actor: 'test' }, start)
        return { id, key, base: `/api/v1/workspaces/${id}` }
      },
    }
  }
  // Filled in before the first test runs.
  return made as TestApp
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}
