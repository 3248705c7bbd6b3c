/**
 * The cookie of a session, and the session of a cookie: by better-auth, on our own tables. What proved the person before is elsewhere: a
 * password (passwords.ts), a one-time link (links.ts) or an invitation (invitations.ts). better-auth's HTTP routes are not mounted, and
 * none of its ways to sign in is used.
 *
 * Times here are real time. Source: better-auth 1.7 (its schema: migrations/0002_access.sql).
 */
import { randomBytes } from 'node:crypto'
import { betterAuth } from 'better-auth'
import { APIError, createAuthEndpoint } from 'better-auth/api'
import { setSessionCookie } from 'better-auth/cookies'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Keyring } from '../platform/secrets/keyring.ts'
import { sessionDays } from './sessions.ts'

const day = 24 * 60 * 60

export interface SignInOptions {
  db: Database
  keys: Keyring
  /** The address that people use; with https the cookie is secure. */
  url: string
}

export type SignIn = Awaited<ReturnType<typeof makeSignIn>>

/** The library, configured for this installation. */
export async function makeSignIn({ db, keys, url }: SignInOptions) {
  const [installation] = await db.query<{ secret: string }>(
    sql`select auth_secret as secret from installation where id = 1`,
  )
  if (installation === undefined) throw new Error('the installation row is missing: ensureInstallation first')
  const library = betterAuth({
    appName: 'Homing',
    baseURL: url,
    basePath: '/api/auth',
    // The cookie is signed with a secret that a copy of the database lacks: rows alone open nothing. Without the key, sign-in still
    // works until this process ends.
    secret: (keys.derived('sign-in', installation.secret) ?? randomBytes(32)).toString('base64url'),
    // better-auth accepts any pool; ours lends its connections.
    database: { connect: () => db.connect(), end: async () => {}, options: {} },
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    session: {
      modelName: 'sign_ins',
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      additionalFields: { beganBy: { type: 'string', fieldName: 'began_by', input: false, defaultValue: 'password' } },
      expiresIn: sessionDays * day,
      updateAge: day,
    },
    account: {
      modelName: 'sign_in_accounts',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'sign_in_links',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    plugins: [cookies],
    advanced: {
      cookiePrefix: 'homing',
      useSecureCookies: url.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      // The address header of an unknown proxy is not worth storing.
      ipAddress: { disableIpTracking: true },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  })
  // Not the secret above: passwords must work under every key of secrets, and in a process without one.
  return Object.assign(library, { nameSecret: installation.secret })
}

/** Signs the cookie of a session that sessions.ts has begun. */
const cookies = {
  id: 'homing-cookies',
  endpoints: {
    giveCookie: createAuthEndpoint.serverOnly({ method: 'POST', requireHeaders: true }, async ctx => {
      const token = ctx.headers.get('x-session') ?? ''
      const session = await ctx.context.internalAdapter.findSession(token)
      if (session === null) throw new APIError('UNAUTHORIZED')
      await setSessionCookie(ctx, session)
      return { ok: true }
    }),
  },
}

/** The Set-Cookie headers of this session. */
export async function cookiesOf({ api }: SignIn, sessionToken: string): Promise<string[]> {
  const { headers } = await api.giveCookie({ headers: new Headers({ 'x-session': sessionToken }), returnHeaders: true })
  return headers.getSetCookie()
}
