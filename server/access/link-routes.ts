/**
 * One-time links: a GET shows a page and changes nothing, not even a cookie; the POST of its form uses the link.
 *
 * Invariant: a POST from another site is refused, so that no one is signed in to a foreign account unknowingly.
 */
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem, problem } from '../../core/problems.ts'
import type { App } from '../platform/http/http-server.ts'
import { signOut } from './come-and-go.ts'
import { acceptInvitation, openInvitation } from './invitations.ts'
import { invitationPage, linkHeaders, refusedPage, sendLinkPage, signInPage } from './link-pages.ts'
import { redeemLink, type SignInAccount, whoseLink } from './links.ts'
import { checkPassword, maxPasswordLength, minPasswordLength } from './password-rules.ts'
import { hashPassword } from './passwords.ts'
import { type AccessDeps, checkOrigin, headersOf } from './principal.ts'
import { cookiesOf } from './sign-in.ts'

const schema = { hide: true, params: Type.Object({ token: Type.String({ maxLength: 100 }) }) }
const config = { rateLimit: { max: 60, timeWindow: 60_000 } }
const formBytes = 4_096

export async function linkRoutes(app: App, deps: AccessDeps): Promise<void> {
  const { db, clock, signIn } = deps
  // Only these two routes read forms.
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: formBytes },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  )

  app.get('/sign-in-link/:token', { config, schema }, async (request, reply) => {
    const account = await whoseLink(db, request.params.token)
    if (account === undefined) return dead(reply, 'link')
    return sendLinkPage(reply, signInPage(account, await signedIn(request, deps)))
  })

  app.post('/sign-in-link/:token', { config, schema }, async (request, reply) => {
    checkPage(request, deps)
    const session = await redeemLink(db, request.params.token, clock.now())
    if (session === undefined) return dead(reply, 'link')
    return linkHeaders(reply)
      .header('set-cookie', await cookiesOf(await signIn(), session))
      .redirect('/', 303)
  })

  app.get('/invitation/:token', { config, schema }, async (request, reply) =>
    showInvitation(reply, request.params.token, await signedIn(request, deps)),
  )

  app.post('/invitation/:token', { config, schema }, async (request, reply) => {
    checkPage(request, deps)
    const { token } = request.params
    const given = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    const library = await signIn()
    if (given.get('act') === 'sign-out')
      return linkHeaders(reply)
        .header('set-cookie', await signOut(db, library, headersOf(request), clock.now()))
        .redirect(`/invitation/${encodeURIComponent(token)}`, 303)
    const opened = await openInvitation(db, token)
    if (opened === undefined) return dead(reply, 'invitation')
    const as = await signedIn(request, deps)
    const password = as === null ? (given.get('password') ?? '').slice(0, maxPasswordLength + 1) : ''
    const wrong = password === '' ? undefined : checkPassword(password, [opened.email])
    if (wrong !== undefined) return showInvitation(reply, token, as, `${wrong.title} ${wrong.fix}`)
    const { nameSecret: secret } = library
    const passwordHash = password === '' ? undefined : await hashPassword({ secret, email: opened.email }, password)
    const joined = await acceptInvitation(db, token, as, { passwordHash }, clock.now()).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'conflict') return error
      throw error
    })
    if (joined === undefined) return dead(reply, 'invitation')
    if (joined instanceof Problem)
      return sendLinkPage(
        reply,
        refusedPage(as === null ? 'This address is a member already' : 'Your role stays as it is', joined.title),
        joined.status,
      )
    if (joined.sessionToken !== null) reply.header('set-cookie', await cookiesOf(library, joined.sessionToken))
    return linkHeaders(reply).redirect(`/w/${joined.workspaceId}/sms`, 303)
  })

  async function showInvitation(reply: FastifyReply, token: string, as: SignInAccount | null, wrong?: string) {
    const opened = await openInvitation(db, token)
    if (opened === undefined) return dead(reply, 'invitation')
    const view = {
      ...opened,
      signedIn: as,
      path: `/invitation/${encodeURIComponent(token)}`,
      minLength: minPasswordLength,
      ...(wrong === undefined ? {} : { wrong }),
    }
    return sendLinkPage(reply, invitationPage(view), wrong === undefined ? 200 : 400)
  }
}

/** The sign-in page says what to do. */
function dead(reply: FastifyReply, what: 'link' | 'invitation'): FastifyReply {
  return linkHeaders(reply).redirect(`/sign-in?problem=${what}`, 303)
}

/** The account of this browser; the session is not extended. */
async function signedIn(request: FastifyRequest, { signIn }: AccessDeps): Promise<SignInAccount | null> {
  if (request.headers.cookie === undefined) return null
  const { api } = await signIn()
  const found = await api.getSession({ headers: headersOf(request), query: { disableRefresh: true } })
  return found === null ? null : { id: found.user.id, name: found.user.name, email: found.user.email }
}

/** A page with a no-referrer policy sends "Origin: null" with its forms; then Sec-Fetch-Site identifies the sender. */
function checkPage(request: FastifyRequest, { config: { url } }: AccessDeps): void {
  if (request.headers.origin !== 'null') checkOrigin(request, url)
  else if (request.headers['sec-fetch-site'] !== 'same-origin') throw problem('cross_site')
}
