/**
 * The pages behind one-time links: plain HTML with forms, no script. Only a form's POST uses a link, because chat previews and mail
 * scanners open every link that they see.
 */
import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

const style = `
:root{color-scheme:light dark;--ink:#1c2126;--soft:#5b646d;--paper:#f6f7f8;--card:#fff;--line:#8a939c;--accent:#1f5fae;--on:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaec;--soft:#a3abb3;--paper:#14171a;--card:#1d2125;--line:#68717a;--accent:#7db2f0;--on:#10202f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.25rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{width:100%;max-width:27rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:1.75rem}
h1{margin:0 0 .75rem;font-size:1.375rem;line-height:1.25;overflow-wrap:anywhere}
h2{margin:1.75rem 0 .5rem;font-size:1.0625rem}
p{margin:0 0 1rem;overflow-wrap:anywhere}.soft{color:var(--soft);font-size:.875rem}
.wrong{color:#c92a2a}@media (prefers-color-scheme:dark){.wrong{color:#ff8787}}
label{display:block;margin:0 0 .75rem;font-weight:600;font-size:.875rem}
input{display:block;width:100%;margin-top:.25rem;padding:.5rem .75rem;border:1px solid var(--line);border-radius:.375rem;background:transparent;color:inherit;font:inherit}
form+form{margin-top:.75rem}
button,a.button{display:block;width:100%;min-height:2.75rem;padding:.5rem 1rem;border:1px solid var(--accent);border-radius:.375rem;background:var(--accent);color:var(--on);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
button.quiet,a.quiet{background:transparent;color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
`
const styleHash = createHash('sha256').update(style).digest('base64')
const policy = `default-src 'none'; img-src data:; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

export interface LinkPage {
  title: string
  /** HTML, already escaped */
  content: string
}

export function sendLinkPage(reply: FastifyReply, { title, content }: LinkPage, status = 200): FastifyReply {
  return linkHeaders(reply)
    .code(status)
    .header('content-security-policy', policy)
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><link rel="icon" href="data:,"><title>${escapeHtml(title)} – Homing</title><style>${style}</style></head><body><main><h1>${escapeHtml(title)}</h1>${content}</main></body></html>`,
    )
}

/** The token is in the address: no cache, search engine or other site may get it. */
export function linkHeaders(reply: FastifyReply): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('x-robots-tag', 'noindex, nofollow')
}

export interface AccountView {
  name: string
  email: string
}

const who = ({ name, email }: AccountView): string =>
  email.endsWith('.invalid') ? escapeHtml(name) : `${escapeHtml(name)} (${escapeHtml(email)})`

/** `signedIn`: another account, whose session in this browser is replaced. */
export function signInPage(account: AccountView, signedIn: AccountView | null): LinkPage {
  const instead = signedIn === null ? '' : `<p>You are signed in as ${who(signedIn)}. This replaces that session.</p>`
  return {
    title: 'Sign in to Homing',
    content: `<p>This link signs you in as <strong>${who(account)}</strong>. It works once.</p>${instead}<form method="post"><button>Sign in</button></form>`,
  }
}

export interface InvitationView {
  workspace: string
  role: string
  email: string
  signedIn: AccountView | null
  /** where the sign-in page returns to: this page */
  path: string
  /** what was wrong with the submitted password */
  wrong?: string
  minLength: number
}

export function invitationPage({ workspace, role, email, signedIn, path, wrong, minLength }: InvitationView): LinkPage {
  const title = `Join ${workspace}`
  const offer = `<p>You are invited to the workspace <strong>${escapeHtml(workspace)}</strong> as <strong>${escapeHtml(role)}</strong>. The link works once.</p>`
  if (signedIn !== null)
    return {
      title,
      content: `${offer}<p>You are signed in as <strong>${who(signedIn)}</strong>.</p>
<form method="post"><input type="hidden" name="act" value="accept"><button>Accept with this account</button></form>
<form method="post"><input type="hidden" name="act" value="sign-out"><button class="quiet">Sign out, to use another account</button></form>`,
    }
  const fault = wrong === undefined ? '' : `<p class="wrong" role="alert" id="wrong">${escapeHtml(wrong)}</p>`
  const described = wrong === undefined ? '' : ' aria-invalid="true" aria-describedby="wrong" autofocus'
  return {
    title,
    content: `${offer}
<h2>You are new to Homing</h2>
<form method="post"><input type="hidden" name="act" value="accept">
<label>E-mail, what you sign in with<input type="email" name="email" value="${escapeHtml(email)}" autocomplete="username" readonly></label>
<label>New password<input type="password" name="password" autocomplete="new-password" maxlength="128"${described}></label>${fault}
<p class="soft">At least ${minLength} characters. Without one you are signed in on this device only, and set one under Settings, Account.</p>
<button>Accept with a new account</button></form>
<h2>You have an account</h2>
<p><a class="button quiet" href="/sign-in?back=${encodeURIComponent(path)}">Sign in and accept</a></p>`,
  }
}

export function refusedPage(title: string, sentence: string): LinkPage {
  return { title, content: `<p>${escapeHtml(sentence)}</p><p><a class="button quiet" href="/">Continue</a></p>` }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
