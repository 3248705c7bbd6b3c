/** Which address may be the one after From? One that replies and bounces can reach, of a domain that the sender owns. */
import type { ProblemCode, ProblemDetails } from '../problems.ts'

/** ASCII alone: not every server on the way takes another one in From. */
const address =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i

/** Nobody else can send by these: their policy (DMARC) has it refused. */
const freemail = new Set([
  ...[
    'gmail.com',
    'googlemail.com',
    'yahoo.com',
    'yahoo.se',
    'hotmail.com',
    'hotmail.se',
    'outlook.com',
    'live.com',
    'live.se',
    'msn.com',
  ],
  ...[
    'icloud.com',
    'me.com',
    'mac.com',
    'aol.com',
    'gmx.de',
    'gmx.net',
    'web.de',
    'proton.me',
    'protonmail.com',
    'telia.com',
    'mail.ru',
    'yandex.ru',
  ],
])

/** Undefined: it may. */
export function senderProblem(given: string): { code: ProblemCode; details: ProblemDetails } | undefined {
  const written = given.trim()
  if (written === '') return { code: 'email_sender_missing', details: {} }
  if (!isPlainAddress(written)) return { code: 'email_sender_invalid', details: { address: written.slice(0, 100) } }
  const domain = domainOf(written)
  return freemail.has(domain) ? { code: 'email_sender_freemail', details: { domain } } : undefined
}

/** For From and Reply-To. */
export function isPlainAddress(written: string): boolean {
  const local = written.slice(0, written.lastIndexOf('@'))
  const dots = local.startsWith('.') || local.endsWith('.') || local.includes('..')
  return written.length <= 254 && !dots && address.test(written)
}

export function domainOf(written: string): string {
  return written.slice(written.lastIndexOf('@') + 1).toLowerCase()
}
