/**
 * Who is this person? Sessions, passwords and one-time links by better-auth, on our own tables. Only what the routes beside
 * this file call is reachable: better-auth's own HTTP surface is not mounted.
 *
 * Always: nobody signs up by themselves (the installation makes its owner, members are added); a one-time link works once,
 * ends after its time, and stands hashed in the database; times here are real time. Source: better-auth 1.7 (its schema:
 * migrations/0002_access.sql).
 */
import { betterAuth } from 'better-auth'
import { magicLink } from 'better-auth/plugins/magic-link'
import type { Database } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'
import { maxPasswordLength, minPasswordLength } from './me.ts'

const day = 24 * 60 * 60

export interface SignInOptions {
  db: Database
  /** The address that people use; https makes the cookie secure. */
  url: string
}

export type SignIn = Awaited<ReturnType<typeof makeSignIn>>

/** The library, set up for this installation. */
export async function makeSignIn({ db, url }: SignInOptions) {
  const [installation] = await db.query<{ secret: string }>(
    sql`select auth_secret as secret from installation where id = 1`,
  )
  if (installation === undefined) throw new Error('the installation row is missing: ensureInstallation first')
  return betterAuth({
    appName: 'Homing',
    baseURL: url,
    basePath: '/api/auth',
    secret: installation.secret,
    // better-auth takes any pool; ours lends its connections.
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
      expiresIn: 30 * day,
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
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength, maxPasswordLength },
    plugins: [
      // Links are written by links.ts; the plugin redeems them.
      magicLink({ storeToken: 'hashed', disableSignUp: true, sendMagicLink: async () => {} }),
    ],
    databaseHooks: {
      session: {
        create: {
          after: async session => {
            await db.run(
              sql`update users set signed_in_at = ${new Date()} where id = ${session.userId} and signed_in_at is null`,
            )
          },
        },
      },
    },
    advanced: {
      cookiePrefix: 'homing',
      useSecureCookies: url.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      // The address header of a stranger's proxy is not worth storing.
      ipAddress: { disableIpTracking: true },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  })
}
