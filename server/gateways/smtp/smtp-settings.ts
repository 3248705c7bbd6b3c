/**
 * What reaches a mail server, and what Homing writes into the e-mails that it sends over it.
 *
 * Always: a password never travels in clear text, but to this machine or a private address.
 */
import { domainToASCII } from 'node:url'
import { type Static, Type } from '@fastify/type-provider-typebox'
import { problem } from '../../../core/problems.ts'
import { canonicalHost, isInnerHost } from '../../platform/reach.ts'
import type { Secrets } from '../kind.ts'
import { makeDkimKey, publicHalf } from './dkim.ts'

const v6 = '[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*'
const domain = {
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\s@:/\\\\]+\\.[^\\s@:/\\\\]+$',
  rule: 'Enter only a domain, such as news.example.com.',
}
const printable = { pattern: '^[\\x20-\\x7e]*$', rule: 'Enter ASCII characters only.' }
export const securities = ['tls', 'starttls', 'none'] as const
export type Security = (typeof securities)[number]
const defaultPorts: Readonly<Record<Security, number>> = { tls: 465, starttls: 587, none: 25 }

export const SmtpSettings = Type.Object(
  {
    host: Type.String({
      title: 'Host',
      minLength: 1,
      maxLength: 253,
      pattern: `^(?:[A-Za-z0-9_][A-Za-z0-9._-]*|${v6}|\\[${v6}\\])$`,
      rule: "Enter only the host's name, without smtp://, user, port or path.",
      examples: ['smtp.provider.example'],
    }),
    port: Type.Integer({ title: 'Port', minimum: 1, maximum: 65_535, default: defaultPorts.starttls }),
    security: Type.String({
      title: 'Security',
      description:
        'tls: encrypted from the first octet (port 465). starttls: encrypted before anything else is said (port 587). none: only to this machine or a private address.',
      pattern: '^(?:tls|starttls|none)$',
      rule: 'Enter tls, starttls or none.',
      default: 'starttls',
    }),
    user: Type.Optional(
      Type.String({
        title: 'User',
        description: 'Empty: the server asks for none.',
        maxLength: 256,
        ...printable,
      }),
    ),
    bounceDomain: Type.String({
      title: 'Domain for bounces',
      description:
        'The return path of each e-mail is an address of its own at this domain. Reports of later failures go there.',
      ...domain,
      examples: ['bounce.example.com'],
    }),
    helloName: Type.Optional(
      Type.String({
        title: 'Name in EHLO',
        description: 'Empty: the host of this installation.',
        maxLength: 200,
        pattern: '^[A-Za-z0-9][A-Za-z0-9.-]*$',
        rule: 'Enter a host name, such as mail.example.com.',
      }),
    ),
    perConnection: Type.Integer({
      title: 'E-mails per connection',
      description: 'Then it is closed and opened again. Some servers ask for it.',
      minimum: 1,
      maximum: 10_000,
      default: 200,
    }),
    dkimDomain: Type.Optional(
      Type.String({
        title: 'Domain of the DKIM signature',
        description: 'That of your senders. Empty: Homing signs nothing, because your mail server does.',
        ...domain,
        examples: ['example.com'],
      }),
    ),
    dkimSelector: Type.String({
      title: 'DKIM selector',
      maxLength: 63,
      pattern: '^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$',
      rule: 'Enter letters, digits and hyphens, such as homing1.',
      default: 'homing1',
    }),
    dkimPublicKey: Type.Optional(
      Type.String({
        title: 'DKIM public key',
        description: 'Homing makes it of the private key.',
        maxLength: 4000,
        readOnly: true,
        pattern: '^[A-Za-z0-9+/=]*$',
        rule: 'Leave it empty: Homing makes it.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type SmtpSettings = Static<typeof SmtpSettings>

export const SmtpSecrets = Type.Object(
  {
    password: Type.String({ title: 'Password', maxLength: 512, ...printable }),
    dkimKey: Type.Optional(
      Type.String({
        title: 'DKIM private key',
        description: 'PEM, RSA. Empty: Homing makes one.',
        maxLength: 8000,
        pattern: '^(?:|-----BEGIN (?:RSA )?PRIVATE KEY-----[\\sA-Za-z0-9+/=]+-----END (?:RSA )?PRIVATE KEY-----\\s*)$',
        rule: 'Enter an unencrypted RSA key as PEM.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type SmtpLogin = SmtpSettings & Static<typeof SmtpSecrets>

const lower = (name: string) => domainToASCII(name.replace(/\.$/, '')) || name.toLowerCase()

export function canonicalSmtp({ host, bounceDomain, dkimDomain, ...rest }: SmtpSettings): SmtpSettings {
  return {
    ...rest,
    host: canonicalHost(host),
    bounceDomain: lower(bounceDomain),
    ...(dkimDomain !== undefined && { dkimDomain: lower(dkimDomain) }),
  }
}

/** The key of the signature: the one that was entered, the one that there is, or a new one. Its public half is never what a person entered. */
export async function withDkimKey(
  { settings, secrets }: { settings: SmtpSettings; secrets: Secrets },
  stored: SmtpSettings | undefined,
): Promise<{ settings: SmtpSettings; secrets: Secrets }> {
  const { dkimPublicKey: _, ...rest } = settings
  const { dkimKey: entered = '', ...others } = secrets
  if (rest.dkimDomain === undefined) return { settings: rest, secrets: others }
  if (entered === '' && stored?.dkimPublicKey !== undefined)
    return { settings: { ...rest, dkimPublicKey: stored.dkimPublicKey }, secrets: others }
  const key = entered === '' ? await makeDkimKey() : entered
  const dkimPublicKey = publicHalf(key)
  if (dkimPublicKey === undefined)
    throw problem('invalid_input', { where: 'settings.dkimKey', what: 'is no RSA key that can be read' })
  return { settings: { ...rest, dkimPublicKey }, secrets: { ...others, dkimKey: key } }
}

/** What the schema cannot say. */
export function unsafeSetting({ host, security }: SmtpSettings): { setting: string; what: string } | undefined {
  if (security !== 'none' || isInnerHost(host)) return undefined
  return { setting: 'security', what: 'none is for this machine and private addresses only: choose tls or starttls' }
}

export const smtpAddressOf = ({ host, port }: SmtpSettings): string => `${host}:${port}`
/** One user of a server may send for several bounce domains; a server without users is one account. */
export const smtpAccountOf = (settings: SmtpSettings): string =>
  `${settings.user ?? ''}@${smtpAddressOf(settings)}/${settings.bounceDomain}`

export const smtpUrlForm = 'smtp://USER:PASSWORD@HOST:PORT?bounces=DOMAIN&security=tls'

/** Percent-encoded where needed. Parameters: bounces, security, dkim, selector, hello. Throws gateway_url without the address in it. */
export function readSmtpUrl(url: URL): Partial<SmtpLogin> {
  if (url.pathname !== '' && url.pathname !== '/')
    throw problem('gateway_url', { what: 'has a path after the port', form: smtpUrlForm })
  const given = url.searchParams
  const named = [...given.keys()].find(name => !parameters.includes(name))
  if (named !== undefined)
    throw problem('gateway_url', { what: 'has a parameter that is none of its own', form: smtpUrlForm })
  const security = securities.find(one => one === given.get('security')) ?? (url.port === '465' ? 'tls' : 'starttls')
  const user = decode(url.username)
  const optional = (name: string, value: string | null) => (value === null || value === '' ? {} : { [name]: value })
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? defaultPorts[security] : Number(url.port),
    security: given.get('security') ?? security,
    bounceDomain: given.get('bounces') ?? '',
    perConnection: 200,
    dkimSelector: given.get('selector') ?? 'homing1',
    ...optional('user', user),
    ...optional('dkimDomain', given.get('dkim')),
    ...optional('helloName', given.get('hello')),
    ...(url.password === '' && user !== '' ? {} : { password: decode(url.password) }),
  }
}

const parameters: readonly string[] = ['bounces', 'security', 'dkim', 'selector', 'hello']

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw problem('gateway_url', { what: 'has a % that does not begin an escaped character', form: smtpUrlForm })
  }
}
